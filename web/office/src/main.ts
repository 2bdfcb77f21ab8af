import 'element-plus/dist/index.css';
import 'element-plus/theme-chalk/dark/css-vars.css';
import './styles/main.css';

import { createApp } from 'vue';

import App from './App.vue';
import { language, setLanguage } from './core/language';
import { router } from './router';

setLanguage(language.value);
createApp(App).use(router).mount('#app');
