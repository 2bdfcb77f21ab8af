// The client core in its worker: who has the database, in which state it is, and the tasks of the page as they come.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { StageAttachmentRequestSchema, StageAttachmentResponseSchema } from '@dudao/shared/gen/dudao/client/v1/attachment_pb';
import { BeginEnrolRequestSchema, GetIdentityResponseSchema } from '@dudao/shared/gen/dudao/client/v1/identity_pb';
import { GetStatusResponseSchema } from '@dudao/shared/gen/dudao/client/v1/record_pb';
import { BeginSyncRequestSchema, type SyncFinished, SyncFinishedSchema, SyncProgressSchema } from '@dudao/shared/gen/dudao/client/v1/sync_pb';
import { Code } from '@dudao/shared/transport';
import createDudaoCore from 'virtual:dudao-core';

import { Claim } from './claim';
import { failureOf, own, OwnFailure, reasonOf } from './failures';
import { closeFiles, FilesHeld, missingFeature, openFiles } from './files';
import { carryOut } from './grpc_web';
import type { Failure, Figures, PlainState, Reply, StartOptions, Task } from './messages';
import { CoreCrash, NativeCore } from './native_core';
import { isFull, Room } from './room';
import { Schedule } from './schedule';
import { runToEnd } from './sync_run';

const NOTHING = new Uint8Array();
const PIECE_BYTES = 1 << 20; // what StageAttachment takes at once
// What brings a file; refused where room is short.
const FILE_CALLS = new Set(['StageAttachment', 'AddAttachment', 'RequestAttachment']);

export class WorkerHost {
  private readonly claim = new Claim(() => this.letGo({ name: 'elsewhere' }));
  private readonly room = new Room((short) => this.post({ event: 'room', short }));
  private core: NativeCore | undefined;
  private files: Awaited<ReturnType<typeof openFiles>> = [];
  private options: StartOptions | undefined;
  private schedule: Schedule | undefined;
  private state: PlainState = { name: 'starting' };
  private cancel: AbortController | undefined;
  private running: Promise<unknown> = Promise.resolve();
  private startMs = 0;
  private turn = 0; // grows each time that the database is given back
  private longestSync = { ms: 0, method: '' };

  constructor(private readonly post: (reply: Reply, transfer?: Transferable[]) => void) {}

  async perform(task: Task): Promise<unknown> {
    switch (task.do) {
      case 'start':
        this.options = task.options;
        return this.start(await this.claimed(() => this.claim.take()));
      case 'takeOver':
        if (this.state.name !== 'elsewhere') return undefined;
        this.setState({ name: 'starting' });
        return this.start(await this.claimed(() => this.claim.takeOver()));
      case 'unlock':
        return this.openClient(task.pin);
      case 'call':
        return this.call(task.method, task.bytes);
      case 'sync':
        return toBinary(SyncFinishedSchema, await this.sync(task.includeFiles));
      case 'enrol':
        return toBinary(SyncFinishedSchema, await this.enrol(task.code, task.deviceName));
      case 'rotateKey':
        return toBinary(SyncFinishedSchema, await this.alone(() => this.syncCall('BeginRotateKey', NOTHING)));
      case 'cancel':
        return this.stopSync();
      case 'stage':
        return this.stage(task.file);
      case 'tendRoom':
        return this.tendRoom();
      case 'figures':
        return this.figures();
      case 'stop':
        return this.letGo({ name: 'elsewhere' });
    }
  }

  private setState(state: PlainState): void {
    this.state = state;
    this.post({ event: 'state', state });
  }

  private async claimed(take: () => Promise<boolean>): Promise<boolean> {
    const missing = missingFeature();
    if (missing === '') return take();
    this.setState({ name: 'unsupported', missing, failure: own(Code.Unimplemented, 'UNSUPPORTED', 'core.unsupported', { missing }) });
    return false;
  }

  private async start(held: boolean): Promise<void> {
    if (this.state.name === 'unsupported') return;
    if (!held) return this.setState({ name: 'elsewhere' });
    const begun = performance.now();
    const turn = this.turn;
    try {
      const quiet = (): void => undefined;
      const core = new NativeCore(await createDudaoCore({ print: quiet, printErr: quiet }));
      const files = await openFiles(core.fileNames());
      // Another tab may have asked for them meanwhile.
      if (turn !== this.turn) return closeFiles(files);
      this.files = files;
      const roomy = await this.room.around(files);
      if (turn !== this.turn) return this.room.close();
      core.setFiles(roomy);
      this.core = core;
      this.openClient('');
      this.startMs = performance.now() - begun;
    } catch (error) {
      this.letGo({ name: 'failed', failure: startFailure(error) });
    }
  }

  /** A wrong PIN is the answer to unlock and the state's error; the state tells the rest. */
  private openClient(pin: string): void {
    if (this.core === undefined || this.options === undefined || this.core.isOpen()) throw notReady();
    try {
      this.core.open(this.options, pin);
    } catch (error) {
      this.failedToOpen(error);
      if (pin !== '') throw error;
      return;
    }
    this.setState({ name: 'ready' });
    void this.tendRoom();
    this.schedule = new Schedule({ run: () => this.syncUnasked(), everyMs: this.options.syncEveryMs });
    this.schedule.start();
  }

  private failedToOpen(error: unknown): void {
    const reason = reasonOf(error);
    const failure = failureOf(error);
    if (reason === 'PIN_NEEDED') this.setState({ name: 'pin-needed' });
    else if (reason === 'PIN_WRONG') this.setState({ name: 'pin-needed', failure });
    else if (reason === 'KEY_DESTROYED') this.setState({ name: 'destroyed', failure });
    else if (reason === 'STORAGE_FULL') this.setState({ name: 'failed', failure: noRoom() });
    else this.setState({ name: 'failed', failure });
  }

  private async tendRoom(): Promise<void> {
    if (this.core?.isOpen() !== true) return;
    await this.room.tend(() => Number(fromBinary(GetStatusResponseSchema, this.call('GetStatus', NOTHING)).freeBytes));
  }

  private call(method: string, request: Uint8Array): Uint8Array {
    if (this.core === undefined || !this.core.isOpen()) throw notReady();
    if (this.room.short && FILE_CALLS.has(method)) throw new OwnFailure(own(Code.ResourceExhausted, 'ROOM_SHORT', 'core.roomShort'));
    try {
      return this.core.call(method, request);
    } catch (error) {
      if (error instanceof CoreCrash) this.letGo({ name: 'failed', failure: failureOf(error) });
      else if (reasonOf(error) === 'KEY_DESTROYED') this.setState({ name: 'destroyed', failure: failureOf(error) });
      throw error;
    }
  }

  private syncCall(method: string, request: Uint8Array): Uint8Array {
    const begun = performance.now();
    try {
      return this.call(method, request);
    } finally {
      const ms = performance.now() - begun;
      if (ms > this.longestSync.ms) this.longestSync = { ms, method };
    }
  }

  private sync(includeFiles: boolean): Promise<SyncFinished> {
    const request = toBinary(BeginSyncRequestSchema, create(BeginSyncRequestSchema, { includeBlobs: includeFiles }));
    return this.alone(() => this.syncCall('BeginSync', request));
  }

  private enrol(code: string, deviceName: string): Promise<SyncFinished> {
    const request = toBinary(BeginEnrolRequestSchema, create(BeginEnrolRequestSchema, { code, deviceName }));
    return this.alone(() => this.syncCall('BeginEnrol', request));
  }

  /** One sync or enrolment at a time: what is asked for while another runs waits for its end. */
  private alone(begin: () => void): Promise<SyncFinished> {
    const after = this.running.catch(() => undefined).then(() => this.run(begin));
    this.running = after;
    return after;
  }

  private async run(begin: () => void): Promise<SyncFinished> {
    const cancel = new AbortController();
    this.cancel = cancel;
    const server = this.options?.server ?? '';
    try {
      begin();
      const parts = {
        call: (method: string, bytes: Uint8Array) => this.syncCall(method, bytes),
        carryOut: (out: Parameters<typeof carryOut>[1], stop: AbortSignal) => carryOut(server, out, stop),
        progress: (progress: Parameters<typeof toBinary<typeof SyncProgressSchema>>[1]) =>
          this.post({ event: 'progress', bytes: toBinary(SyncProgressSchema, progress) }),
      };
      return await runToEnd(parts, cancel.signal);
    } finally {
      this.cancel = undefined;
      this.post({ event: 'progress', bytes: null });
    }
  }

  private async syncUnasked(): Promise<boolean> {
    if (this.core?.isOpen() !== true || !navigator.onLine || !this.enrolled()) return true;
    try {
      const finished = await this.sync(true);
      this.post({ event: 'synced', bytes: toBinary(SyncFinishedSchema, finished) });
      return finished.ok;
    } catch {
      return false; // said by the state or by the core's status; the next try comes by itself
    }
  }

  private enrolled(): boolean {
    return fromBinary(GetIdentityResponseSchema, this.call('GetIdentity', NOTHING)).enrolled;
  }

  private async stopSync(): Promise<void> {
    this.cancel?.abort();
    await this.running.catch(() => undefined);
  }

  /** Piece by piece, so that an autosave need not wait for a photo. */
  private async stage(file: Blob): Promise<string> {
    let stagedId = '';
    for (let at = 0; at === 0 || at < file.size; at += PIECE_BYTES) {
      const data = new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer());
      const request = create(StageAttachmentRequestSchema, { stagedId, data });
      const answer = this.call('StageAttachment', toBinary(StageAttachmentRequestSchema, request));
      stagedId = fromBinary(StageAttachmentResponseSchema, answer).stagedId;
    }
    return stagedId;
  }

  /** Closes the database and gives it to whoever wants it. Whatever was acknowledged is durable already. */
  private letGo(state: PlainState): void {
    this.turn++;
    this.schedule?.stop();
    this.cancel?.abort();
    const core = this.core;
    this.core = undefined;
    try {
      core?.close();
    } catch {
      // A module that stopped cannot close either.
    }
    closeFiles(this.files);
    this.files = [];
    this.room.close();
    this.claim.release();
    this.setState(state);
  }

  online(): void {
    this.schedule?.soon();
  }

  private figures(): Figures {
    return {
      calls: this.core?.calls ?? 0,
      longestCallMs: this.core?.longestMs ?? 0,
      longestCallMethod: this.core?.longestMethod ?? '',
      longestSyncCallMs: this.longestSync.ms,
      longestSyncCallMethod: this.longestSync.method,
      startMs: this.startMs,
      memoryBytes: this.core?.memoryBytes() ?? 0,
    };
  }
}

function startFailure(error: unknown): Failure {
  if (error instanceof FilesHeld) return own(Code.Unavailable, 'FILES_HELD', 'core.filesHeld');
  return isFull(error) ? noRoom() : failureOf(error);
}

function noRoom(): Failure {
  return own(Code.ResourceExhausted, 'STORAGE_FULL', 'core.noRoomToStart');
}

function notReady(): OwnFailure {
  return new OwnFailure(own(Code.FailedPrecondition, 'NOT_READY', 'core.notReady'));
}
