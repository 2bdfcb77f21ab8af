import { create } from '@bufbuild/protobuf';
import { describe, expect, it, vi } from 'vitest';

// The pages keep language and session in the browser's storage.
const storage = () => {
  const kept = new Map<string, string>();
  return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) };
};
vi.stubGlobal('localStorage', storage());
vi.stubGlobal('sessionStorage', storage());

const { VisitSchema } = await import('@dudao/shared/gen/dudao/records/v1/visit_pb');
const { CompetingValueSchema } = await import('@dudao/shared/gen/dudao/review/v1/review_pb');
const { CoverageRowSchema } = await import('@dudao/shared/gen/dudao/review/v1/ledger_pb');
const { differences, flatten } = await import('../src/record/difference');
const { isForPeople, parsePath, pathLabel, valueText } = await import('../src/record/paths');
const { suggest } = await import('../src/board/coverage');

const VISIT = 10;

describe('paths', () => {
  it('are read with keys that contain dots, brackets and backslashes', () => {
    expect(parsePath('findings[f1].level')).toEqual([{ name: 'findings', key: 'f1' }, { name: 'level', key: undefined }]);
    expect(parsePath('check_extras[B1.grids_stated].number')).toEqual([{ name: 'check_extras', key: 'B1.grids_stated' }, { name: 'number', key: undefined }]);
    expect(parsePath('x[a\\]b\\\\c]')).toEqual([{ name: 'x', key: 'a]b\\c' }]);
  });

  it('are said in words', () => {
    const visit = create(VisitSchema, { findings: [{ id: 'f1', tempNo: 'D2-0921-01-F1' }] });
    expect(pathLabel('findings[f1].level', visit)).toBe('问题 D2-0921-01-F1 · 等级');
    expect(pathLabel('check_items[B5].result')).toBe('检查项 B5 · 结果');
    expect(pathLabel('')).toBe('整条记录');
    expect(isForPeople('evidence[e1].thumbnail_sha256')).toBe(false);
    expect(isForPeople('note')).toBe(true);
  });
});

describe('values', () => {
  const varint = (path: string, ...bytes: number[]) => valueText(VISIT, path, create(CompetingValueSchema, { wireType: 0, value: new Uint8Array(bytes), text: 'raw' }));

  it('of the wire are said in words', () => {
    expect(varint('findings[f1].level', 3)).toBe('较重');
    expect(varint('objection', 1)).toBe('是');
    expect(varint('form_version', 0x96, 0x01)).toBe('150');
    expect(valueText(VISIT, 'visit_date', create(CompetingValueSchema, { wireType: 2, text: '2026-09-21' }))).toBe('2026年9月21日');
    expect(valueText(VISIT, 'note', create(CompetingValueSchema, { wireType: 7 }))).toBe('（已清空）');
    expect(valueText(VISIT, '', create(CompetingValueSchema, { wireType: 7 }))).toBe('删除');
  });

  it('of fields that are not known here are shown as the server said them', () => {
    expect(varint('from_the_future', 1)).toBe('raw');
  });
});

describe('differences', () => {
  it('name what is new, changed and gone', () => {
    const before = create(VisitSchema, { note: '晴', mode: 1, findings: [{ id: 'f1', problem: '一' }] });
    const after = create(VisitSchema, { note: '雨', findings: [{ id: 'f1', problem: '一' }, { id: 'f2', problem: '二' }] });
    const found = differences(flatten(VisitSchema, before), flatten(VisitSchema, after)).map((one) => [one.path, one.before, one.after]);
    expect(found).toContainEqual(['note', '晴', '雨']);
    expect(found).toContainEqual(['mode', '明察', undefined]);
    expect(found).toContainEqual(['findings[f2].problem', undefined, '二']);
    expect(found.map(([path]) => path)).not.toContain('findings[f1].problem');
  });
});

describe('suggestions of visits', () => {
  it('take three units a township in the order of the server, never what is not planned', () => {
    const row = (unitCode: string, townshipCode: string, plannable = true) => create(CoverageRowSchema, { unitCode, unitName: unitCode, townshipCode, townshipName: townshipCode, plannable });
    const found = suggest([row('a', 'x'), row('b', 'y'), row('c', 'x', false), row('d', 'x'), row('e', 'x'), row('f', 'x')], 2);
    expect(found.map((one) => [one.township, one.units.map((unit) => unit.unitCode)])).toEqual([['x', ['a', 'd', 'e']], ['y', ['b']]]);
  });
});
