// Put in by the build (vite.config.ts).
declare const __DUDAO_VERSION__: string;
export const VERSION = __DUDAO_VERSION__;
