// The one catalogue of texts of both web apps: Chinese first, English second. A key names where it stands; `{name}` is
// filled in. Tests hold that each key has both languages, the same places in both, and is used.
import { COMMON } from './common';
import { CORE } from './core';
import { OFFICE } from './office';
import { TABLET } from './tablet';
import { TERMS } from './terms';

export type Language = 'zh' | 'en';
export type Text = readonly [zh: string, en: string];
export type Places = Readonly<Record<string, string | number>>;

export const CATALOGUE = { ...COMMON, ...CORE, ...TERMS, ...OFFICE, ...TABLET } as const;
export type TextKey = keyof typeof CATALOGUE;

export function translate(language: Language, key: TextKey, places?: Places): string {
  const text = CATALOGUE[key][language === 'zh' ? 0 : 1];
  if (places === undefined) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = places[name];
    return value === undefined ? whole : String(value);
  });
}

/** True where the catalogue has this key; for keys that are put together from what a server says. */
export function isTextKey(key: string): key is TextKey {
  return Object.prototype.hasOwnProperty.call(CATALOGUE, key);
}
