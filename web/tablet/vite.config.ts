import { fileURLToPath } from 'node:url';

import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

import { coreModule } from './build/core_module';

// Served below /tablet/. For work on the pages: npx vite in this folder, with DUDAO_SERVER naming a server's web address.
export default defineConfig({
  base: '/tablet/',
  plugins: [vue(), coreModule()],
  worker: { format: 'es', plugins: () => [coreModule()] },
  build: {
    target: 'chrome114',
    cssTarget: 'chrome114',
    outDir: fileURLToPath(new URL('../../build/web/tablet', import.meta.url)),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: { '^/(dudao\\.|events)': { target: process.env['DUDAO_SERVER'] ?? 'http://127.0.0.1:8088', secure: false } },
  },
});
