import { createApp } from 'vue';
import App from './App.vue';
import { startHost } from './core/host';
import { provideHost } from './model/session';
import { applyPreferences } from './platform/preferences';
import { startUpdates } from './platform/updates';
import './styles/tokens.css';
import './styles/base.css';
import './styles/vant.css';

applyPreferences();
provideHost(startHost());
createApp(App).mount('#app');
// After the page: its own files come first on a slow link.
window.addEventListener('load', () => void startUpdates());
