// One sync or enrolment from its beginning to its end: the core says what to do, this does it. Between two steps everything else that
// waits for the worker, an autosave above all, has its turn.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { DeliverRequestSchema, type OutgoingCall, PollResponseSchema, type DeliverRequest, type SyncFinished, type SyncProgress } from '@dudao/shared/gen/dudao/client/v1/sync_pb';

export interface SyncParts {
  readonly call: (method: string, request: Uint8Array) => Uint8Array;
  readonly carryOut: (call: OutgoingCall, cancel: AbortSignal) => Promise<DeliverRequest>;
  readonly progress: (progress: SyncProgress) => void;
}

export class SyncCancelled extends Error {}

const NOTHING = new Uint8Array();

export async function runToEnd(parts: SyncParts, cancel: AbortSignal): Promise<SyncFinished> {
  for (;;) {
    if (cancel.aborted) {
      parts.call('CancelSync', NOTHING);
      throw new SyncCancelled();
    }
    const answer = fromBinary(PollResponseSchema, parts.call('Poll', NOTHING));
    if (answer.progress !== undefined) parts.progress(answer.progress);
    const step = answer.step;
    if (step.case === 'finished') return step.value;
    if (step.case === 'call') {
      const outcome = toBinary(DeliverRequestSchema, await parts.carryOut(step.value, cancel));
      parts.call('Deliver', outcome);
    } else if (step.case === 'waitMs') {
      await pause(Number(step.value), cancel);
    } else {
      throw new SyncCancelled();
    }
    await othersTurn();
  }
}

function pause(ms: number, cancel: AbortSignal): Promise<void> {
  return new Promise((resume) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      cancel.removeEventListener('abort', done);
      resume();
    }
    cancel.addEventListener('abort', done);
    if (cancel.aborted) done();
  });
}

// A task of its own, behind the messages that have arrived. Timers would be slowed down in a hidden tab.
function othersTurn(): Promise<void> {
  return new Promise((resume) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resume();
    };
    channel.port2.postMessage(null);
  });
}
