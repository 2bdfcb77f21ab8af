import { create } from '@bufbuild/protobuf';
import { RecordRefSchema } from '@dudao/shared/gen/dudao/client/v1/value_pb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CoreError } from '../src/core/core';
import { setEnum, setText, useVisitForm, type Edit } from '../src/model/visit_form';
import { FakeCore } from './fake_core';

const record = create(RecordRefSchema, { space: 'team-d2-2026', typeId: 10, key: new Uint8Array([1]) });
const opened = () => new FakeCore().on('GetVisitView', () => ({ mayEdit: true, visit: {} })).on('OpenRecord', () => ({ formId: 'f1' }));
const sent = (core: FakeCore) => (core.of('EditForm') as { edits: Edit[] }[]).map((request) => request.edits.map((edit) => `${edit.path}=${edit.action?.case === 'set' ? JSON.stringify(edit.action.value.value?.value) : edit.action?.case}`));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

describe('VisitForm', () => {
  it('sends typing within 300 ms, only the newest of each field', async () => {
    const core = opened();
    const form = useVisitForm(core, record);
    await form.open();
    void form.edit('note', setText('下'), false);
    void form.edit('note', setText('下雨'), false);
    expect(form.saveState.value).toBe('typing');
    await vi.advanceTimersByTimeAsync(300);
    expect(sent(core)).toEqual([['note="下雨"']]);
    expect(form.saveState.value).toBe('saved');
  });

  it('is not called saved before the core has answered', async () => {
    const core = opened();
    let answer: () => void = () => undefined;
    const call = core.call.bind(core);
    core.call = (async (method: never, request: never) => {
      const result = await call(method, request);
      if ((method as { name: string }).name === 'EditForm') await new Promise<void>((resolve) => (answer = resolve));
      return result;
    }) as never;
    const form = useVisitForm(core, record);
    await form.open();
    const edited = form.edit('mode', setEnum(3));
    await vi.advanceTimersByTimeAsync(1000);
    expect(form.saveState.value).toBe('saving');
    answer();
    await edited;
    expect(form.saveState.value).toBe('saved');
  });

  it('keeps the order of edits that are made while a save is on its way', async () => {
    const core = opened();
    const form = useVisitForm(core, record);
    await form.open();
    await Promise.all([form.edit('a', setText('1')), form.edit('b', setText('2')), form.edit('a', setText('3'))]);
    expect(sent(core).flat().filter((entry) => entry.startsWith('b'))).toEqual(['b="2"']);
    expect(sent(core).flat().at(-1)).toBe('a="3"');
  });

  it('keeps what could not be saved when the visit is left, and saves it when it is opened again', async () => {
    const core = opened();
    const call = core.call.bind(core);
    let full = true;
    core.call = (async (method: never, request: never) => {
      if (full && (method as { name: string }).name === 'EditForm') throw new CoreError(8, 'STORAGE_FULL', '满', 'full');
      return call(method, request);
    }) as never;
    const form = useVisitForm(core, record);
    await form.open();
    await form.edit('note', setText('先写下')).catch(() => undefined);
    await form.close().catch(() => undefined);
    const again = useVisitForm(core, record);
    await again.open();
    expect(again.saveState.value).toBe('failed');
    await again.close().catch(() => undefined);
    full = false;
    const last = useVisitForm(core, record);
    await last.open();
    expect(sent(core)).toEqual([['note="先写下"']]);
    expect(last.saveState.value).toBe('saved');
    await last.close();
    await useVisitForm(core, record).open();
    expect(sent(core).length).toBe(1);
  });

  it('does not let one value that is refused hold up the others', async () => {
    const core = opened();
    const call = core.call.bind(core);
    core.call = (async (method: never, request: never) => {
      const edits = (request as { edits?: Edit[] } | undefined)?.edits ?? [];
      if (edits.some((edit) => edit.path === 'problem')) throw new CoreError(3, 'VALUE_TOO_LONG', '太长', 'too long');
      return call(method, request);
    }) as never;
    const form = useVisitForm(core, record);
    await form.open();
    void form.edit('problem', setText('长'.repeat(2000)), false);
    void form.edit('note', setText('晴'), false);
    await form.flush();
    expect(sent(core)).toEqual([['note="晴"']]);
    expect(form.refused.value.map((entry) => entry.path)).toEqual(['problem']);
    void form.edit('problem', setText('短'), false);
    expect(form.refused.value).toEqual([]);
  });

  it('says so when a save fails, and sends the same again', async () => {
    const core = opened();
    let broken = true;
    const call = core.call.bind(core);
    core.call = (async (method: never, request: never) => {
      if (broken && (method as { name: string }).name === 'EditForm') throw new CoreError(8, 'STORAGE_FULL', '满', 'full');
      return call(method, request);
    }) as never;
    const form = useVisitForm(core, record);
    await form.open();
    await expect(form.edit('note', setText('晴'))).rejects.toThrow('STORAGE_FULL');
    expect(form.saveState.value).toBe('failed');
    broken = false;
    await form.flush();
    expect(sent(core)).toEqual([['note="晴"']]);
    expect(form.saveState.value).toBe('saved');
  });

  it('cuts one change when a section is left, after what was typed', async () => {
    const core = opened();
    const form = useVisitForm(core, record);
    await form.open();
    void form.edit('note', setText('晴'), false);
    await form.save();
    const names = core.asked.map((entry) => entry.method).filter((name) => name === 'EditForm' || name === 'SaveForm');
    expect(names).toEqual(['EditForm', 'SaveForm']);
  });

  it('opens no form where this person may not edit', async () => {
    const core = new FakeCore().on('GetVisitView', () => ({ mayEdit: false, visit: {} }));
    const form = useVisitForm(core, record);
    await form.open();
    expect(core.of('OpenRecord')).toEqual([]);
    expect(form.editable.value).toBe(false);
  });
});
