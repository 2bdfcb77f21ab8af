// Where Vite finds the client core's WebAssembly module: what CMake linked in build/wasm/web.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Plugin } from 'vite';

const NAME = 'virtual:dudao-core';
const ABSENT = '\0dudao-core-absent';

export function coreModule(): Plugin {
  const path = fileURLToPath(new URL('../../../build/wasm/web/dudao_core.mjs', import.meta.url));
  return {
    name: 'dudao-core-module',
    resolveId(id) {
      if (id !== NAME) return undefined;
      if (existsSync(path)) return path;
      if (process.env['DUDAO_WASM'] === 'off') return ABSENT;
      throw new Error('the WebAssembly module is missing: run `make wasm`, or set DUDAO_WASM=off for pages that say so');
    },
    load(id) {
      if (id !== ABSENT) return undefined;
      return "export default () => Promise.reject(new Error('built without the WebAssembly module (DUDAO_WASM=off)'));";
    },
  };
}
