// Fields of records as people read them: "findings[f1].level" with its place and its value in words.
import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import {
  CHECK_RESULT,
  EVIDENCE_KIND,
  FINDING_LEVEL,
  FIX_SOURCE,
  LOOKBACK_RESULT,
  RECTIFICATION_STATE,
  UNIT_TYPE,
  VISIT_MODE,
  VISIT_STATE,
} from '@dudao/shared/format';
import { RectificationSchema } from '@dudao/shared/gen/dudao/records/v1/rectification_pb';
import { type Visit, VisitSchema } from '@dudao/shared/gen/dudao/records/v1/visit_pb';
import { isTextKey } from '@dudao/shared/texts';
import type { CompetingValue } from '@dudao/shared/gen/dudao/review/v1/review_pb';

import { personName } from '../core/directory';
import { day, t, termOf, time, tMaybe } from '../core/language';

export interface Step {
  readonly name: string;
  readonly key: string | undefined;
}

/** "findings[f1].level" in steps; a "]" or "\" within a key is preceded by "\". */
export function parsePath(path: string): Step[] {
  const steps: Step[] = [];
  const pattern = /([^.[\]]+)(?:\[((?:\\.|[^\]\\])*)\])?(?:\.|$)/g;
  for (const match of path.matchAll(pattern)) {
    steps.push({ name: match[1] ?? '', key: match[2]?.replace(/\\(.)/g, '$1') });
  }
  return steps;
}

const SCHEMAS: Readonly<Record<number, DescMessage>> = { 10: VisitSchema, 12: RectificationSchema };

export function fieldOf(typeId: number, path: string): DescField | undefined {
  let message: DescMessage | undefined = SCHEMAS[typeId];
  let field: DescField | undefined;
  for (const step of parsePath(path)) {
    field = message?.fields.find((one) => one.name === step.name);
    message = field?.message;
  }
  return field;
}

const WORDS: Readonly<Record<string, Parameters<typeof termOf>[0]>> = {
  'dudao.records.v1.VisitState': VISIT_STATE,
  'dudao.records.v1.VisitMode': VISIT_MODE,
  'dudao.records.v1.UnitType': UNIT_TYPE,
  'dudao.records.v1.CheckResult': CHECK_RESULT,
  'dudao.records.v1.FindingLevel': FINDING_LEVEL,
  'dudao.records.v1.LookbackResult': LOOKBACK_RESULT,
  'dudao.records.v1.EvidenceKind': EVIDENCE_KIND,
  'dudao.records.v1.FixSource': FIX_SOURCE,
  'dudao.records.v1.RectificationState': RECTIFICATION_STATE,
};

export function enumText(type: DescEnum, number: number): string {
  const words = WORDS[type.typeName];
  if (words !== undefined) return termOf(words, number);
  return type.values.find((value) => value.number === number)?.name ?? String(number);
}

const PEOPLE = new Set(['inspector_ids', 'author_id', 'decided_by', 'taken_by', 'checker_id', 'entered_by', 'closed_by', 'supervisor_id', 'by', 'witness_ids']);

/** A scalar of the contract in words. */
export function scalarText(field: DescField, value: unknown): string {
  if (field.enum !== undefined && typeof value === 'number') return enumText(field.enum, value);
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  if (typeof value === 'bigint' || typeof value === 'number') return field.name.endsWith('_at_ms') ? time(value) : String(value);
  if (typeof value === 'string') {
    if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return day(value);
    return PEOPLE.has(field.name) ? personName(value) : value;
  }
  return '';
}

const ABSENT = 7;

/** The words for a value of the history or of a conflict. */
export function valueText(typeId: number, path: string, value: CompetingValue): string {
  if (path === '') return t(value.wireType === ABSENT ? 'value.deleted' : 'value.kept');
  if (value.wireType === ABSENT) return t('value.cleared');
  const field = fieldOf(typeId, path);
  if (field === undefined) return value.text === '' ? t('value.present') : value.text;
  if (field.fieldKind === 'message' || (field.fieldKind === 'list' && field.message !== undefined)) {
    return value.text === '' ? t('value.present') : value.text;
  }
  if (value.wireType === 0) {
    const scalar = new BinaryReader(value.value).uint64();
    const number = typeof scalar === 'bigint' ? BigInt.asIntN(64, scalar) : Number(scalar);
    if (field.enum !== undefined) return scalarText(field, Number(number));
    if (field.scalar === 8) return t(Number(number) !== 0 ? 'value.yes' : 'value.no');
    return scalarText(field, number);
  }
  if (value.wireType === 2) return value.text === '' ? t('value.empty') : scalarText(field, value.text);
  return value.text;
}

/** The name of a field alone. */
export function fieldName(name: string): string {
  return tMaybe(`field.${name}`, name);
}

/** False for what only machines read: hashes, sizes, devices. */
export function isForPeople(path: string): boolean {
  const steps = parsePath(path);
  return path === '' || isTextKey(`field.${steps[steps.length - 1]?.name ?? ''}`);
}

/** A path in words: 问题 D2-0921-01-F1 · 等级. */
export function pathLabel(path: string, visit?: Visit): string {
  if (path === '') return t('field.record');
  return parsePath(path)
    .map((step) => (step.key === undefined ? fieldName(step.name) : `${fieldName(step.name)} ${keyText(step, visit)}`.trim()))
    .join(' · ');
}

function keyText(step: Step, visit: Visit | undefined): string {
  const key = step.key ?? '';
  if (step.name === 'check_items') return key;
  if (step.name === 'check_extras') return key;
  if (step.name === 'findings') return visit?.findings.find((one) => one.id === key)?.tempNo ?? '';
  if (PEOPLE.has(step.name)) return personName(key);
  if (step.name === 'areas') return key;
  return key.length > 8 ? '' : key;
}
