// Draws the pages with made-up data: npx vite in web/tablet, then /tablet/test/preview.html.
import { createApp } from 'vue';
import App from '../src/App.vue';
import { provideHost } from '../src/model/session';
import { applyPreferences } from '../src/platform/preferences';
import { previewCore } from './preview_data';
import '../src/styles/tokens.css';
import '../src/styles/base.css';
import '../src/styles/vant.css';

applyPreferences();
provideHost(previewCore());
createApp(App).mount('#app');
