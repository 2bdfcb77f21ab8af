import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

import { coreModule } from './build/core_module.ts';
import { installable, serviceWorker } from './build/installable.ts';
import { vantFont } from './build/vant_font.ts';

// The one version of the project, as the programs have it.
function version(): string {
  const cmake = readFileSync(fileURLToPath(new URL('../../CMakeLists.txt', import.meta.url)), 'utf8');
  return /project\([^)]*VERSION\s+([\d.]+)/s.exec(cmake)?.[1] ?? '0';
}

// Served below /tablet/. For work on the pages: npx vite in this folder, with DUDAO_SERVER naming a server's web address.
export default defineConfig({
  base: '/tablet/',
  plugins: [vue(), coreModule(), vantFont(), installable(), serviceWorker()],
  define: { __DUDAO_VERSION__: JSON.stringify(version()) },
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
