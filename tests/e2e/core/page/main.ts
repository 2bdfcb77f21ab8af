// What the suite does to the core, as one object of the page; arguments and answers are plain data.
import { create, type DescMethodUnary, type DescMessage, fromBinary, type MessageInitShape, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { ClientService } from '@dudao/shared/gen/dudao/client/v1/client_pb';
import { VisitSchema } from '@dudao/shared/gen/dudao/records/v1/visit_pb';

import { CoreClient, CoreError, type CoreState } from '../../../../web/tablet/src/core/core_client';

const SPACE = 'team-1';
const VISIT = 10;
const api = ClientService.method;

let core: CoreClient;

async function rpc<I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>, request: MessageInitShape<I>): Promise<MessageShape<O>> {
  return fromBinary(method.output, await core.call(method.name, toBinary(method.input, create(method.input, request))));
}

const plain = (state: CoreState) => ({ name: state.name, reason: state.error?.reason ?? '', textZh: state.error?.textZh ?? '', missing: state.missing });

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const unhex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** Answers {reason, code} of a CoreError instead of throwing: an error does not cross to the suite as it is. */
async function outcome<T>(work: Promise<T>): Promise<{ value?: T; reason: string; code: number; textZh: string }> {
  try {
    return { value: await work, reason: '', code: 0, textZh: '' };
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    return { reason: error.reason, code: error.code, textZh: error.textZh };
  }
}

const edit = (text: string) => [{ path: 'note', action: { case: 'set' as const, value: { value: { case: 'text' as const, value: text } } } }];

const suite = {
  start(options: object) {
    core = new CoreClient({ personId: 'alice', deviceName: 'e2e', syncEveryMs: 0, ...options });
    return suite.settled();
  },
  settled(): Promise<ReturnType<typeof plain>> {
    if (core.state.name !== 'starting') return Promise.resolve(plain(core.state));
    return new Promise((resolve) => {
      const end = core.onState((state) => {
        if (state.name === 'starting') return;
        end();
        resolve(plain(state));
      });
    });
  },
  state: () => plain(core.state),
  async until(name: string) {
    while (core.state.name !== name) await new Promise<void>((resume) => { const end = core.onState(() => { end(); resume(); }); });
  },
  async create(space = SPACE) {
    const made = await rpc(api.createRecord, { record: { space, typeId: VISIT } });
    return { key: hex(made.record?.key ?? new Uint8Array()), form: made.formId };
  },
  async open(key: string) {
    const opened = await rpc(api.openRecord, { record: { space: SPACE, typeId: VISIT, key: unhex(key) } });
    return { form: opened.formId, recovered: opened.draftRecovered, exists: opened.exists, note: fromBinary(VisitSchema, opened.message).note ?? '' };
  },
  type: (form: string, text: string) => outcome(rpc(api.editForm, { formId: form, edits: edit(text) }).then(() => true)),
  save: (form: string) => outcome(rpc(api.saveForm, { formId: form }).then((saved) => saved.saved)),
  async digest() {
    return hex((await rpc(api.getStateDigest, { space: SPACE })).digest);
  },
  /** Types as fast as answers come, telling each answered number, until the process ends. */
  async typeOn(form: string, from: number, tell: string) {
    const acknowledged = (globalThis as unknown as Record<string, (n: number) => void>)[tell]!;
    for (let n = from; ; n++) {
      await rpc(api.editForm, { formId: form, edits: edit(`${n} ${'督'.repeat(n % 400)}`) });
      acknowledged(n);
    }
  },
  /** Durable saves, one after another; milliseconds for all. */
  async saves(count: number) {
    const { form } = await suite.create();
    const begun = performance.now();
    for (let n = 0; n < count; n++) await rpc(api.editForm, { formId: form, edits: edit(`第 ${n} 次`) });
    return performance.now() - begun;
  },
  async who() {
    const identity = await rpc(api.getIdentity, {});
    return { enrolled: identity.enrolled, device: identity.deviceId, space: identity.spaces.find((space) => space !== 'office') ?? '' };
  },
  async report(space: string) {
    const report = await rpc(api.getDeliveryReport, { space });
    return { equal: report.equal, records: report.records, held: report.recordsHeld, unsent: String(report.unsentChanges) };
  },
  /** Autosaves without a pause while a sync runs. */
  async typeDuringSync(form: string) {
    let running = true;
    const sync = core.sync(false).finally(() => { running = false; });
    let slowestMs = 0;
    let count = 0;
    while (running) {
      const begun = performance.now();
      await rpc(api.editForm, { formId: form, edits: edit(`${++count}`) });
      slowestMs = Math.max(slowestMs, performance.now() - begun);
    }
    const finished = await sync;
    return { count, slowestMs, ok: finished.ok, why: finished.spaces.map((space) => `${space.space} ${space.reason} ${space.message}`).join('; ') };
  },
  setPin: (oldPin: string, newPin: string, triesMax: number) => outcome(rpc(api.setPin, { oldPin, newPin, triesMax }).then(() => true)),
  unlock: (pin: string) => outcome(core.unlock(pin).then(() => true)),
  takeOver: () => core.takeOver(),
  figures: () => core.figures(),
  storage: () => core.storage(),
  stage: (bytes: number) => outcome(core.stage(new Blob([new Uint8Array(bytes).map((_, i) => i * 7)]))),
  sync: (files: boolean) => outcome(core.sync(files).then((finished) => ({ ok: finished.ok, reason: finished.spaces.map((space) => space.reason).join('') }))),
  enrol: (code: string) => outcome(core.enrol(code, 'e2e').then((finished) => finished.ok)),
  close: () => core.close(),
  /** The files as they are stored, in base64; the core must be closed. */
  async stored() {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('dudao');
    const files: Record<string, string> = {};
    for await (const [name, handle] of (folder as unknown as { entries(): AsyncIterable<[string, FileSystemFileHandle]> }).entries()) {
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      let text = '';
      for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
      files[name] = btoa(text);
    }
    return files;
  },
};

(globalThis as unknown as { suite: typeof suite }).suite = suite;
