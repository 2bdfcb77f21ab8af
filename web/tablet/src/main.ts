import { createApp } from 'vue';
import App from './App.vue';
import { CoreError } from './core/core';
import { startHost } from './core/host';
import { provideHost } from './model/session';
import { applyPreferences } from './platform/preferences';
import { startUpdates } from './platform/updates';
import './styles/tokens.css';
import './styles/base.css';
import './styles/vant.css';

// A page that read something while another tab took the core: the state says it already, and the page is gone.
window.addEventListener('unhandledrejection', (event) => {
  if (event.reason instanceof CoreError && event.reason.reason === 'NOT_READY') event.preventDefault();
});

applyPreferences();
provideHost(startHost());
createApp(App).mount('#app');
// After the page: its own files come first on a slow link.
window.addEventListener('load', () => void startUpdates());
