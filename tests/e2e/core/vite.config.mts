import { fileURLToPath } from 'node:url';

import { coreModule } from '../../../web/tablet/build/core_module.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// The page stands outside the workspace; it takes the workspace's sources and packages.
export default {
  root: at('./page'),
  base: './',
  plugins: [coreModule()],
  worker: { format: 'es', plugins: () => [coreModule()] },
  resolve: {
    alias: [
      { find: /^@dudao\/shared\/gen\/(.*)$/, replacement: `${at('../../../web/shared/src/gen')}/$1.ts` },
      { find: /^@bufbuild\/protobuf$/, replacement: at('../../../web/node_modules/@bufbuild/protobuf') },
    ],
  },
  build: { target: 'chrome114', outDir: process.env['DUDAO_PAGE'], emptyOutDir: true, assetsInlineLimit: 0, reportCompressedSize: false },
};
