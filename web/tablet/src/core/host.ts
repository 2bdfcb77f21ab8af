// The core in its worker, as the pages use it: typed calls, a state to watch, and the few things that are not calls.
import { create, fromBinary, toBinary, type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { ref, shallowRef, type Ref } from 'vue';
import type { SyncFinished, SyncProgress } from '@dudao/shared/gen/dudao/client/v1/sync_pb';
import { VERSION } from '../version';
import type { Core, Method } from './core';
import { CoreClient, type CoreState } from './core_client';

export interface Host extends Core {
  readonly state: Readonly<Ref<CoreState>>;
  // While a sync or an enrolment runs; null otherwise.
  readonly progress: Readonly<Ref<SyncProgress | null>>;
  // Files are refused, everything else is kept.
  readonly roomShort: Readonly<Ref<boolean>>;
  // Told of each sync that nobody asked for, once it has ended.
  onSynced(listener: (finished: SyncFinished) => void): void;
  unlock(pin: string): Promise<void>;
  takeOver(): Promise<void>;
  // Ends when the sync has ended, well or not. What failed is in the answer.
  sync(includeFiles: boolean): Promise<SyncFinished>;
  enrol(code: string, deviceName: string): Promise<SyncFinished>;
  // A new key for this tablet; sync afterwards.
  rotateKey(): Promise<SyncFinished>;
  cancel(): Promise<void>;
  // Looks whether there is room again.
  tendRoom(): Promise<void>;
  // Hands over a file for AddAttachment.
  stage(file: Blob): Promise<string>;
}

class WorkerHost implements Host {
  readonly state;
  readonly progress = shallowRef<SyncProgress | null>(null);

  readonly roomShort = ref(false);

  constructor(private readonly client: CoreClient) {
    this.state = shallowRef(client.state);
    client.onState((state) => (this.state.value = state));
    client.onRoom((short) => (this.roomShort.value = short));
    client.onProgress((progress) => (this.progress.value = progress));
  }

  async call<I extends DescMessage, O extends DescMessage>(method: Method<I, O>, request?: MessageInitShape<I>): Promise<MessageShape<O>> {
    const bytes = toBinary(method.input, create(method.input, request));
    return fromBinary(method.output, await this.client.call(method.name, bytes));
  }
  onSynced(listener: (finished: SyncFinished) => void): void {
    this.client.onSynced(listener);
  }
  unlock(pin: string): Promise<void> {
    return this.client.unlock(pin);
  }
  takeOver(): Promise<void> {
    return this.client.takeOver();
  }
  sync(includeFiles: boolean): Promise<SyncFinished> {
    return this.client.sync(includeFiles);
  }
  enrol(code: string, deviceName: string): Promise<SyncFinished> {
    return this.client.enrol(code, deviceName);
  }
  rotateKey(): Promise<SyncFinished> {
    return this.client.rotateKey();
  }
  cancel(): Promise<void> {
    return this.client.cancel();
  }
  tendRoom(): Promise<void> {
    return this.client.tendRoom();
  }
  stage(file: Blob): Promise<string> {
    return this.client.stage(file);
  }
}

export function startHost(): Host {
  return new WorkerHost(new CoreClient({ appVersion: VERSION }));
}
