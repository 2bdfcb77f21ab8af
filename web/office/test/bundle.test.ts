// Office browsers may be Chromium 90. What is newer must not be in what was built; build targets only rewrite syntax.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const assets = fileURLToPath(new URL('../../../build/web/office/assets', import.meta.url));
const files = existsSync(assets) ? readdirSync(assets).filter((name) => /\.(js|css)$/.test(name)) : [];

const NEWER_IN_SCRIPT: Readonly<Record<string, RegExp>> = {
  'crypto.randomUUID (92)': /\brandomUUID\b/,
  'Array.at, String.at (92)': /\.at\(/,
  'Object.hasOwn (93)': /Object\.hasOwn\b/,
  'structuredClone (98)': /\bstructuredClone\b/,
  'findLast (97)': /\.findLast(Index)?\(/,
  'AbortSignal.timeout, any (103, 116)': /AbortSignal\.(timeout|any)\b/,
  'Object.groupBy (117)': /(Object|Map)\.groupBy\b/,
  'Promise.withResolvers (119)': /Promise\.withResolvers\b/,
  'class static blocks (94)': /\bstatic\{/,
};
const NEWER_IN_STYLE: Readonly<Record<string, RegExp>> = {
  ':has() (105)': /:has\(/,
  'container queries (105)': /@container\b/,
  '@layer (99)': /@layer\b/,
  'color-mix (111)': /color-mix\(/,
  'dynamic viewport units (108)': /\d(dvh|svh|lvh|dvw)\b/,
  'nesting (112)': /[{;]\s*&/,
};

describe.skipIf(files.length === 0)('what was built for the office', () => {
  it.each(files)('%s needs nothing newer than Chromium 90', (name) => {
    const text = readFileSync(join(assets, name), 'utf8');
    const found = Object.entries(name.endsWith('.js') ? NEWER_IN_SCRIPT : NEWER_IN_STYLE).filter(([, pattern]) => pattern.test(text));
    expect(found.map(([what]) => what)).toEqual([]);
  });

  it('has no script in the page itself and loads nothing from elsewhere', () => {
    const page = readFileSync(join(assets, '../index.html'), 'utf8');
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(page).not.toMatch(/\son\w+=/);
  });
});
