import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { DescMessage } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';

import { RectificationSchema } from '../src/gen/dudao/records/v1/rectification_pb';
import { VisitSchema } from '../src/gen/dudao/records/v1/visit_pb';
import { CATALOGUE, isTextKey, translate } from '../src/texts';

const web = fileURLToPath(new URL('../..', import.meta.url));
const entries = Object.entries(CATALOGUE);

function sources(folder: string): string {
  let out = '';
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!['node_modules', 'gen', 'texts', 'test'].includes(entry.name)) out += sources(path);
    } else if (/\.(vue|ts)$/.test(entry.name)) out += readFileSync(path, 'utf8');
  }
  return out;
}

function fieldNames(schema: DescMessage, found = new Set<string>()): Set<string> {
  for (const field of schema.fields) {
    if (found.has(field.name) && field.message === undefined) continue;
    const known = found.has(field.name);
    found.add(field.name);
    if (field.message !== undefined && !known) fieldNames(field.message, found);
  }
  return found;
}

const places = (text: string): string[] => Array.from(text.matchAll(/\{(\w+)\}/g), (match) => match[1] ?? '').sort();

describe('the catalogue', () => {
  it.each(entries)('has %s in both languages', (_key, [zh, en]) => {
    expect(zh.trim()).not.toBe('');
    expect(en.trim()).not.toBe('');
    expect(zh).toBe(zh.trim());
    expect(en).not.toMatch(/[\u4e00-\u9fff]/);
  });

  it.each(entries)('fills the same places of %s in both languages', (_key, [zh, en]) => {
    expect(places(en)).toEqual(places(zh));
  });

  it('has no key that nothing says', () => {
    const text = ['shared/src', 'office/src', 'tablet/src'].map((folder) => sources(join(web, folder))).join('\n');
    // Keys put together: names of fields of the contract, and events that a server logs.
    const fields = fieldNames(RectificationSchema, fieldNames(VisitSchema));
    const unused = entries.map(([key]) => key).filter((key) => {
      if (text.includes(`'${key}'`)) return false;
      if (key.startsWith('field.')) return !fields.has(key.slice('field.'.length));
      return !key.startsWith('access.');
    });
    expect(unused).toEqual([]);
  });

  it('names every field of a visit that people write', () => {
    const without = VisitSchema.fields.map((field) => field.name).filter((name) => !isTextKey(`field.${name}`));
    expect(without).toEqual(['device_id', 'app_version', 'clock_offset_ms']);
  });

  it('uses the words of the trade for states', () => {
    expect(translate('zh', 'rectification.closed')).toBe('已销号');
    expect(translate('zh', 'rectification.parked')).toBe('挂账');
    expect(translate('en', 'pager.total', { total: 3 })).toBe('3 in all');
    expect(translate('zh', 'pager.total', {})).toBe('共 {total} 条');
  });
});
