// Vant's style sheet carries its icon font as a data: address and names another host as a fallback. The page's policy allows neither:
// the font becomes a file of ours, and the other host goes.
import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

const FONT = /url\(["']?data:font\/woff2;charset=utf-8;base64,([A-Za-z0-9+/=]+)["']?\)/;
const ELSEWHERE = /,\s*url\(["']?(?:https?:)?\/\/[^)]*\)\s*format\(["']?\w+["']?\)/g;

export function vantFont(): Plugin {
  return {
    name: 'dudao-vant-font',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'asset' || !file.fileName.endsWith('.css')) continue;
        const style = String(file.source);
        const found = FONT.exec(style)?.[1];
        if (found === undefined) continue;
        const font = Buffer.from(found, 'base64');
        const name = `vant-icon-${createHash('sha256').update(font).digest('hex').slice(0, 8)}.woff2`;
        this.emitFile({ type: 'asset', fileName: `assets/${name}`, source: font });
        file.source = style.replace(ELSEWHERE, '').replace(FONT, `url(./${name})`);
      }
      for (const file of Object.values(bundle)) {
        if (file.type === 'asset' && file.fileName.endsWith('.css') && /url\(["']?(data:font|(https?:)?\/\/)/.test(String(file.source))) {
          this.error(`${file.fileName} names a font or another host that the page's policy does not allow`);
        }
      }
    },
  };
}
