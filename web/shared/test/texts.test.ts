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
  it('has each text in both languages', () => {
    const bad = entries.filter(([, [zh, en]]) => zh.trim() === '' || en.trim() === '' || zh !== zh.trim() || /[\u4e00-\u9fff]/.test(en));
    expect(bad.map(([key]) => key)).toEqual([]);
  });

  it('fills the same places in both languages', () => {
    const bad = entries.filter(([, [zh, en]]) => places(zh).join() !== places(en).join());
    expect(bad.map(([key]) => key)).toEqual([]);
  });

  it('has no key that nothing says', () => {
    const text = ['shared/src', 'office/src', 'tablet/src'].map((folder) => sources(join(web, folder))).join('\n');
    // Keys put together from a prefix and what a server or the contract says: `access.${event}`. Those of fields are checked.
    const prefixes = Array.from(text.matchAll(/`([a-zA-Z]+(?:\.[a-zA-Z]+)*\.)\$\{/g), (match) => match[1] ?? '').filter((prefix) => prefix !== 'field.');
    const fields = fieldNames(RectificationSchema, fieldNames(VisitSchema));
    const unused = entries.map(([key]) => key).filter((key) => {
      if (text.includes(`'${key}'`)) return false;
      if (key.startsWith('field.')) return !fields.has(key.slice('field.'.length));
      return !prefixes.some((prefix) => key.startsWith(prefix));
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
