// What differs between two states of a record, field by field, in words: shown when a decision met a record that had
// changed underneath.
import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';

import { scalarText } from './paths';

export interface Difference {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

function keyOf(element: ReflectMessage): string {
  const first = element.desc.fields[0];
  return first === undefined ? '' : String(element.get(first));
}

function walk(message: ReflectMessage, prefix: string, out: Map<string, string>): void {
  for (const field of message.desc.fields) {
    if (!message.isSet(field)) continue;
    const path = `${prefix}${field.name}`;
    if (field.fieldKind === 'list') walkList(message, field, path, out);
    else if (field.fieldKind === 'message') walk(message.get(field), `${path}.`, out);
    else if (field.fieldKind !== 'map') out.set(path, scalarText(field, message.get(field)));
  }
}

function walkList(message: ReflectMessage, field: DescField & { fieldKind: 'list' }, path: string, out: Map<string, string>): void {
  const list = message.get(field);
  for (const element of list) {
    if (field.listKind === 'message') walk(element as ReflectMessage, `${path}[${keyOf(element as ReflectMessage)}].`, out);
    else out.set(`${path}[${String(element)}]`, scalarText(field, element));
  }
}

export function flatten(schema: DescMessage, message: Message): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  walk(reflect(schema, message), '', out);
  return out;
}

export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Difference[] {
  const out: Difference[] = [];
  for (const [path, text] of after) if (before.get(path) !== text) out.push({ path, before: before.get(path), after: text });
  for (const [path, text] of before) if (!after.has(path)) out.push({ path, before: text, after: undefined });
  return out;
}
