// A core in memory for tests of the pages' own code and for drawing them without WebAssembly. It keeps no rule: it answers what a test
// put in, and notes what it was asked. Never part of the app.
import { create, type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { ref } from 'vue';
import type { Method } from '../src/core/core';
import type { CoreState } from '../src/core/core_client';
import type { Host } from '../src/core/host';
import { SyncFinishedSchema, type SyncProgress } from '@dudao/shared/gen/dudao/client/v1/sync_pb';

export interface Asked {
  method: string;
  request: unknown;
}
type Answer = (request: never) => unknown;

export class FakeCore implements Host {
  readonly state = ref<CoreState>({ name: 'ready', error: null, missing: '' });
  readonly progress = ref<SyncProgress | null>(null);
  readonly asked: Asked[] = [];
  readonly roomShort = ref(false);
  private readonly answers = new Map<string, Answer>();

  on(method: string, answer: Answer): this {
    this.answers.set(method, answer);
    return this;
  }

  async call<I extends DescMessage, O extends DescMessage>(method: Method<I, O>, request?: MessageInitShape<I>): Promise<MessageShape<O>> {
    this.asked.push({ method: method.name, request });
    await Promise.resolve();
    const answer = this.answers.get(method.name)?.((request ?? {}) as never) ?? {};
    return create(method.output, answer as MessageInitShape<O>);
  }

  of(method: string): unknown[] {
    return this.asked.filter((entry) => entry.method === method).map((entry) => entry.request);
  }
  unlock = async (): Promise<void> => undefined;
  takeOver = async (): Promise<void> => undefined;
  onSynced = (): void => undefined;
  stage = async (): Promise<string> => 'staged';
  tendRoom = async (): Promise<void> => undefined;
  cancel = async (): Promise<void> => undefined;
  sync = async () => create(SyncFinishedSchema, { ok: true });
  enrol = async () => create(SyncFinishedSchema, { ok: true });
  rotateKey = async () => create(SyncFinishedSchema, { ok: true });
}
