import { fileURLToPath } from 'node:url';

import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

// Served below /office/. For work on the pages: npx vite in this folder, with DUDAO_SERVER naming a server's web address.
export default defineConfig({
  base: '/office/',
  plugins: [vue()],
  build: {
    target: 'chrome90',
    cssTarget: 'chrome90',
    outDir: fileURLToPath(new URL('../../build/web/office', import.meta.url)),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: { '^/(dudao\\.|events)': { target: process.env['DUDAO_SERVER'] ?? 'http://127.0.0.1:8088', secure: false } },
  },
});
