// What makes the page installable and lets it start without a network: icons drawn from the SVG, the manifest, and the service worker with
// the list of all files and their hashes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Resvg, initWasm } from '@resvg/resvg-wasm';
import { transformWithOxc, type Plugin } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

async function drawIcons(): Promise<Map<string, Uint8Array>> {
  await initWasm(readFileSync(createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm')));
  const svg = readFileSync(here('../icons/icon.svg'), 'utf8');
  const icons = new Map<string, Uint8Array>();
  for (const size of [192, 512]) {
    icons.set(`icon-${size}.png`, new Resvg(svg, { fitTo: { mode: 'width', value: size } }).render().asPng());
  }
  return icons;
}

const manifest = {
  name: '督导',
  short_name: '督导',
  description: '督导组进村督导记录，无网络也能用',
  lang: 'zh-CN',
  id: '/tablet/',
  start_url: '/tablet/',
  scope: '/tablet/',
  display: 'standalone',
  orientation: 'any',
  background_color: '#0b3d63',
  theme_color: '#0b3d63',
  icons: [192, 512].flatMap((size) =>
    ['any', 'maskable'].map((purpose) => ({ src: `icon-${size}.png`, sizes: `${size}x${size}`, type: 'image/png', purpose })),
  ),
};

export function installable(): Plugin {
  return {
    name: 'dudao-installable',
    apply: 'build',
    async generateBundle() {
      for (const [fileName, source] of await drawIcons()) this.emitFile({ type: 'asset', fileName, source });
      this.emitFile({ type: 'asset', fileName: 'manifest.webmanifest', source: JSON.stringify(manifest, null, 1) });
    },
  };
}

// Last of all plugins: by now every file of the app is known.
export function serviceWorker(): Plugin {
  return {
    name: 'dudao-service-worker',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const files = Object.values(bundle)
          .filter((file) => !file.fileName.endsWith('.map'))
          .map((file) => {
            const content = file.type === 'chunk' ? file.code : file.source;
            return { path: file.fileName, sha256: createHash('sha256').update(content).digest('base64') };
          })
          .sort((a, b) => (a.path < b.path ? -1 : 1));
        const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
        const source = readFileSync(here('../src/sw/sw.ts'), 'utf8');
        const { code } = await transformWithOxc(source, 'sw.ts');
        const plain = code.replace(/^export \{\};?$/m, '');
        const list = `const BUILD = ${JSON.stringify({ version, files })};\n`;
        this.emitFile({ type: 'asset', fileName: 'sw.js', source: list + plain });
      },
    },
  };
}
