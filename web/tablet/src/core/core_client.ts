// The client core as the page sees it: calls with bytes, a state, the progress of a sync. The core itself runs in a worker.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ExportPackageRequestSchema, ExportPackageResponseSchema } from '@dudao/shared/gen/dudao/client/v1/identity_pb';
import { type SyncFinished, SyncFinishedSchema, type SyncProgress, SyncProgressSchema } from '@dudao/shared/gen/dudao/client/v1/sync_pb';
import { textsOf } from '@dudao/shared/transport';

import type { Failure, Figures, PlainState, Reply, StartOptions, StateName, Task } from './messages';

export type { Figures } from './messages';

/** An answer that is not OK: a stable reason for code, texts in two languages for people. */
export class CoreError extends Error {
  constructor(
    /** As gRPC numbers them. */
    readonly code: number,
    /** docs/client.md lists them. */
    readonly reason: string,
    readonly textZh: string,
    readonly textEn: string,
    readonly metadata: Readonly<Record<string, string>> = {},
  ) {
    super(`${reason}: ${textEn}`);
    this.name = 'CoreError';
  }
}

export interface CoreState {
  /**
   * starting; elsewhere: another tab has the database (takeOver); pin-needed (unlock; the error is that of the last try); ready;
   * destroyed: the tablet's own copies of the key are gone; unsupported: `missing` names what the browser lacks; failed.
   */
  readonly name: StateName;
  readonly error: CoreError | null;
  readonly missing: string;
}

export interface Storage {
  readonly usageBytes: number;
  readonly quotaBytes: number;
  /** True where the browser promised not to clear the data by itself. */
  readonly persisted: boolean;
}

const DEFAULTS: StartOptions = { appVersion: '', personId: '', role: 0, deviceName: '', server: '', syncEveryMs: 15 * 60_000 };

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: CoreError) => void;
}

export class CoreClient {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private readonly stateListeners = new Set<(state: CoreState) => void>();
  private readonly roomListeners = new Set<(short: boolean) => void>();
  private readonly progressListeners = new Set<(progress: SyncProgress | null) => void>();
  private readonly syncedListeners = new Set<(finished: SyncFinished) => void>();
  private nextId = 1;
  private now: CoreState = { name: 'starting', error: null, missing: '' };

  /** Starts at once; `state` tells how far it is. */
  constructor(options: Partial<StartOptions> = {}) {
    this.worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'dudao-core' });
    this.worker.onmessage = (event: MessageEvent<Reply>) => this.take(event.data);
    // The script could not be loaded, or something was thrown that nothing caught.
    this.worker.onerror = (event) => this.fail(new CoreError(13, 'WORKER_FAILED', '应用无法启动，请重新打开。', `The app cannot start: open it again. (${event.message})`));
    this.send<void>({ do: 'start', options: { ...DEFAULTS, ...options } }).catch((error: unknown) => {
      if (error instanceof CoreError) this.fail(error);
    });
  }

  get state(): CoreState {
    return this.now;
  }

  /** Called with each new state; the answer ends it. */
  onState(listener: (state: CoreState) => void): () => void {
    return listen(this.stateListeners, listener);
  }

  /** Room is short: files are refused, everything else is kept. Called when it becomes so and when it ends. */
  onRoom(listener: (short: boolean) => void): () => void {
    return listen(this.roomListeners, listener);
  }

  /** While a sync or an enrolment runs; null at its end. */
  onProgress(listener: (progress: SyncProgress | null) => void): () => void {
    return listen(this.progressListeners, listener);
  }

  /** A sync that nobody asked for has ended. */
  onSynced(listener: (finished: SyncFinished) => void): () => void {
    return listen(this.syncedListeners, listener);
  }

  /**
   * A method of dudao.client.v1.ClientService by name. Answered in the order of asking; once answered, what it wrote is durable.
   * BeginSync, BeginEnrol, BeginRotateKey, Poll, Deliver and CancelSync are the worker's own: use sync, enrol, rotateKey and cancel.
   */
  call(method: string, request: Uint8Array): Promise<Uint8Array> {
    return this.send<Uint8Array>({ do: 'call', method, bytes: request });
  }

  /** Rejects where the PIN is wrong; the state has it then too. */
  unlock(pin: string): Promise<void> {
    return this.send<void>({ do: 'unlock', pin });
  }

  /** From `elsewhere`: asks the other tab to close the database, then opens it here. The state tells how it went. */
  takeOver(): Promise<void> {
    return this.send<void>({ do: 'takeOver' });
  }

  /** Ends when the sync has ended, well or not: what failed is in the answer. Waits for a sync that runs. */
  async sync(includeFiles: boolean): Promise<SyncFinished> {
    return fromBinary(SyncFinishedSchema, await this.send<Uint8Array>({ do: 'sync', includeFiles }));
  }

  async enrol(code: string, deviceName: string): Promise<SyncFinished> {
    return fromBinary(SyncFinishedSchema, await this.send<Uint8Array>({ do: 'enrol', code, deviceName }));
  }

  /** Replaces the tablet's key; sync afterwards. What is cut short, the next sync finishes. */
  async rotateKey(): Promise<SyncFinished> {
    return fromBinary(SyncFinishedSchema, await this.send<Uint8Array>({ do: 'rotateKey' }));
  }

  /** Ends the sync where it stands. */
  cancel(): Promise<void> {
    return this.send<void>({ do: 'cancel' });
  }

  /** Hands a file over in pieces; the answer names it in AddAttachment. */
  stage(file: Blob): Promise<string> {
    return this.send<string>({ do: 'stage', file });
  }

  /** What the server has not confirmed, sealed to the office, to be carried by hand. */
  async exportPackage(includeFiles: boolean): Promise<Blob> {
    const request = toBinary(ExportPackageRequestSchema, create(ExportPackageRequestSchema, { includeFiles }));
    const answer = fromBinary(ExportPackageResponseSchema, await this.call('ExportPackage', request));
    return new Blob([answer.package as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' });
  }

  async storage(): Promise<Storage> {
    const [{ usage, quota }, persisted] = await Promise.all([navigator.storage.estimate(), navigator.storage.persisted()]);
    return { usageBytes: usage ?? 0, quotaBytes: quota ?? 0, persisted };
  }

  /** Asks the browser not to clear the data by itself; false where it does not promise. */
  persist(): Promise<boolean> {
    return navigator.storage.persist();
  }

  /** Looks whether there is room again; what it finds is told to onRoom. */
  tendRoom(): Promise<void> {
    return this.send<void>({ do: 'tendRoom' });
  }

  figures(): Promise<Figures> {
    return this.send<Figures>({ do: 'figures' });
  }

  /** Closes the database and ends the worker. */
  async close(): Promise<void> {
    await this.send<void>({ do: 'stop' });
    this.worker.terminate();
  }

  private send<T>(task: Task): Promise<T> {
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, ...task });
    });
  }

  private take(reply: Reply): void {
    if (!('event' in reply)) return this.settle(reply);
    if (reply.event === 'state') this.setState(stateOf(reply.state));
    else if (reply.event === 'room') {
      for (const listener of this.roomListeners) listener(reply.short);
    } else if (reply.event === 'progress') {
      const progress = reply.bytes === null ? null : fromBinary(SyncProgressSchema, reply.bytes);
      for (const listener of this.progressListeners) listener(progress);
    } else {
      const finished = fromBinary(SyncFinishedSchema, reply.bytes);
      for (const listener of this.syncedListeners) listener(finished);
    }
  }

  private settle(reply: Exclude<Reply, { event: string }>): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if ('failure' in reply) waiting?.reject(errorOf(reply.failure));
    else waiting?.resolve(reply.value as never);
  }

  private setState(state: CoreState): void {
    this.now = state;
    for (const listener of this.stateListeners) listener(state);
  }

  private fail(error: CoreError): void {
    this.setState({ name: 'failed', error, missing: '' });
    for (const waiting of this.waiting.values()) waiting.reject(error);
    this.waiting.clear();
  }
}

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function stateOf(state: PlainState): CoreState {
  return { name: state.name, error: state.failure === undefined ? null : errorOf(state.failure), missing: state.missing ?? '' };
}

function errorOf(failure: Failure): CoreError {
  if (failure.status === undefined)
    return new CoreError(failure.code, failure.reason ?? '', failure.textZh ?? '', failure.textEn ?? '');
  const { reason, metadata, message, zh, en } = textsOf(failure.status);
  return new CoreError(failure.code, reason !== '' ? reason : `GRPC_${failure.code}`, zh ?? message, en ?? message, metadata);
}
