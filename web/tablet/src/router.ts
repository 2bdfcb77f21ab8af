// Pages by the part of the address after "#". The browser's back button, and the tablet's back gesture, work as people expect.
import { computed, ref } from 'vue';
import { create } from '@bufbuild/protobuf';
import { RecordRefSchema, type RecordRef } from '@dudao/shared/gen/dudao/client/v1/value_pb';

export type PageName = 'home' | 'visits' | 'new' | 'visit' | 'tasks' | 'lookbacks' | 'board' | 'sync' | 'conflicts' | 'settings' | 'more';
const PAGES: readonly string[] = ['home', 'visits', 'new', 'visit', 'tasks', 'lookbacks', 'board', 'sync', 'conflicts', 'settings', 'more'];

export interface Route {
  page: PageName;
  parts: string[];
}

function parse(hash: string): Route {
  const [page = '', ...rest] = hash.replace(/^#\/?/, '').split('/');
  return { page: (PAGES.includes(page) ? page : 'home') as PageName, parts: rest.map(decodeURIComponent) };
}

const current = ref(parse(window.location.hash));
window.addEventListener('hashchange', () => {
  current.value = parse(window.location.hash);
});

export const route = computed(() => current.value);

export function addressOf(page: PageName, ...parts: string[]): string {
  return `#/${[page, ...parts.map(encodeURIComponent)].join('/')}`;
}

export function go(page: PageName, ...parts: string[]): void {
  window.location.hash = addressOf(page, ...parts);
}

// Takes the place of the page shown now: the back button passes over it.
export function replace(page: PageName, ...parts: string[]): void {
  window.history.replaceState(null, '', addressOf(page, ...parts));
  current.value = parse(window.location.hash);
}

export function back(): void {
  if (window.history.length > 1) window.history.back();
  else replace('home');
}

// --- Records in addresses

const hex = (key: Uint8Array) => Array.from(key, (byte) => byte.toString(16).padStart(2, '0')).join('');

export function partsOf(record: RecordRef): string[] {
  return [record.space, String(record.typeId), hex(record.key)];
}

export function recordOf(parts: readonly string[]): RecordRef | null {
  const [space, typeId, key] = parts;
  if (!space || !typeId || !key || key.length % 2 !== 0) return null;
  return create(RecordRefSchema, { space, typeId: Number(typeId), key: Uint8Array.from(key.match(/../g) ?? [], (pair) => parseInt(pair, 16)) });
}

export function sameRecord(a: RecordRef | undefined, b: RecordRef | undefined): boolean {
  return a !== undefined && b !== undefined && partsOf(a).join('/') === partsOf(b).join('/');
}
