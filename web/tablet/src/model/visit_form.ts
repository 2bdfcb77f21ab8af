// One visit on the screen: what the core shows, what was typed since, and whether that is safe yet.
//
// Every edit goes to the core's durable draft at most SAVE_AFTER_MS later, in the order in which it was made; the mark says "saved" only
// when nothing is on its way. Leaving a section cuts the draft into one change. Rules are the core's: this file only carries.
import { computed, reactive, ref, shallowRef } from 'vue';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { FieldEditSchema, RecordRef } from '@dudao/shared/gen/dudao/client/v1/value_pb';
import type { GetVisitViewResponse } from '@dudao/shared/gen/dudao/client/v1/work_pb';
import { api, CoreError, type Core } from '../core/core';

const SAVE_AFTER_MS = 250;
// gRPC's INVALID_ARGUMENT: the core will never take this edit as it is.
const INVALID_ARGUMENT = 3;

export type Edit = MessageInitShape<typeof FieldEditSchema>;
export type Action = NonNullable<Edit['action']>;
export type SaveState = 'saved' | 'typing' | 'saving' | 'failed';

export const setText = (text: string): Action => (text === '' ? { case: 'clear', value: {} } : { case: 'set', value: { value: { case: 'text', value: text } } });
export const setInteger = (value: bigint): Action => ({ case: 'set', value: { value: { case: 'integer', value } } });
export const setEnum = (value: number): Action => ({ case: 'set', value: { value: { case: 'enumNumber', value } } });
export const setFlag = (value: boolean): Action => ({ case: 'set', value: { value: { case: 'flag', value } } });
export const setMessage = (value: Uint8Array): Action => ({ case: 'set', value: { value: { case: 'message', value } } });
export const clear = (): Action => ({ case: 'clear', value: {} });
export const addElement = (): Action => ({ case: 'add', value: {} });
export const addText = (text: string): Action => ({ case: 'add', value: { value: { value: { case: 'text', value: text } } } });
export const removeElement = (): Action => ({ case: 'remove', value: {} });
export const removeText = (text: string): Action => ({ case: 'remove', value: { value: { value: { case: 'text', value: text } } } });

// What could not be saved when a visit was left, by record: it is tried again when the visit is opened. Whoever is told to make room has to
// leave the page for it.
const unsaved = new Map<string, Edit[]>();
const placeOf = (record: RecordRef): string => `${record.space} ${record.typeId} ${record.key.join()}`;

/** `written` is called when something is safe here that the server does not have. */
export function useVisitForm(core: Core, record: RecordRef, written: () => void = () => undefined) {
  const view = shallowRef<GetVisitViewResponse | null>(null);
  const formId = ref('');
  const saveState = ref<SaveState>('saved');
  const savedAt = ref(0);
  const error = shallowRef<unknown>(null);
  const recovered = ref(false);
  const waiting = reactive<Edit[]>([]);
  // What the core does not accept, by field, until the field is edited again.
  const refused = ref<{ path: string; error: unknown }[]>([]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let chain: Promise<void> = Promise.resolve();

  async function read(): Promise<void> {
    view.value = await core.call(api.getVisitView, {
      subject: formId.value === '' ? { case: 'record', value: record } : { case: 'formId', value: formId.value },
    });
  }

  async function open(): Promise<void> {
    const saved = await core.call(api.getVisitView, { subject: { case: 'record', value: record } });
    if (!saved.mayEdit) {
      view.value = saved;
      return;
    }
    // Nothing is shown before the draft is: what is on the screen for a moment would be taken for all there is.
    const form = await core.call(api.openRecord, { record });
    formId.value = form.formId;
    recovered.value = form.draftRecovered;
    await read();
    waiting.push(...(unsaved.get(placeOf(record)) ?? []));
    unsaved.delete(placeOf(record));
    // Said by the state, where it still cannot be saved.
    await flush().catch(() => undefined);
  }

  // One call after another: the order of edits is the order of the draft.
  function inOrder(work: () => Promise<void>): Promise<void> {
    const next = chain.then(work);
    chain = next.catch(() => undefined);
    return next;
  }

  async function send(): Promise<void> {
    if (waiting.length === 0) return;
    const edits = waiting.slice();
    saveState.value = 'saving';
    try {
      await deliver(edits);
      waiting.splice(0, edits.length);
      error.value = null;
      savedAt.value = Date.now();
      written();
      await read();
      saveState.value = waiting.length > 0 ? 'typing' : 'saved';
    } catch (failure) {
      error.value = failure;
      saveState.value = 'failed';
      throw failure;
    }
  }

  // All of a call's edits are kept, or none. One that can never be kept must not hold up the others.
  async function deliver(edits: Edit[]): Promise<void> {
    try {
      await core.call(api.editForm, { formId: formId.value, edits });
    } catch (failure) {
      if (!(failure instanceof CoreError) || failure.code !== INVALID_ARGUMENT) throw failure;
      const [only] = edits;
      if (edits.length === 1 && only !== undefined) {
        refused.value = [...refused.value, { path: only.path ?? '', error: failure }];
        return;
      }
      for (const edit of edits) await deliver([edit]);
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    return inOrder(send);
  }

  // A newer value of the same field takes the place of one that waits.
  function edit(path: string, action: Action, atOnce = true): Promise<void> {
    const same = waiting.findIndex((entry) => entry.path === path);
    if (same >= 0 && saveState.value !== 'saving' && replaces(action)) waiting.splice(same, 1);
    refused.value = refused.value.filter((entry) => entry.path !== path);
    waiting.push({ path, action });
    if (saveState.value !== 'saving') saveState.value = 'typing';
    if (atOnce) return flush();
    timer ??= setTimeout(() => void flush().catch(() => undefined), SAVE_AFTER_MS);
    return Promise.resolve();
  }

  // Cuts one change from the draft.
  async function save(): Promise<void> {
    await flush();
    if (formId.value === '') return;
    await inOrder(async () => {
      await core.call(api.saveForm, { formId: formId.value });
      await read();
    });
  }

  async function close(): Promise<void> {
    try {
      await save();
    } finally {
      if (waiting.length > 0) unsaved.set(placeOf(record), waiting.slice());
    }
    if (formId.value !== '') await core.call(api.closeForm, { formId: formId.value });
    formId.value = '';
  }

  // A call that works on the form's draft: what was typed goes first.
  async function act<T>(work: (formId: string) => Promise<T>): Promise<T> {
    await flush();
    const answer = await work(formId.value);
    savedAt.value = Date.now();
    written();
    await read();
    return answer;
  }

  const editable = computed(() => formId.value !== '' && view.value?.mayEdit === true);
  return { view, formId, editable, saveState, savedAt, error, refused, recovered, record, open, read, edit, flush, save, close, act };
}

export type VisitForm = ReturnType<typeof useVisitForm>;

function replaces(action: Action): boolean {
  return action.case === 'set' || action.case === 'clear';
}
