import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { DeliverRequestSchema, PollResponseSchema } from '@dudao/shared/gen/dudao/client/v1/sync_pb';
import { expect, test } from 'vitest';

import { missingFeature } from '../src/core/files';
import { runToEnd, SyncCancelled } from '../src/core/sync_run';

// A core that answers Poll from a list.
function coreOf(steps: MessageInitShape<typeof PollResponseSchema>[]) {
  const seen: string[] = [];
  const delivered: bigint[] = [];
  return {
    seen,
    delivered,
    call(method: string, bytes: Uint8Array): Uint8Array {
      seen.push(method);
      if (method === 'Deliver') delivered.push(fromBinary(DeliverRequestSchema, bytes).callId);
      if (method !== 'Poll') return new Uint8Array();
      return toBinary(PollResponseSchema, create(PollResponseSchema, steps.shift() ?? { step: { case: 'idle', value: true } }));
    },
  };
}
const carryOut = (call: { callId: bigint }) =>
  Promise.resolve(create(DeliverRequestSchema, { callId: call.callId, outcome: { case: 'response', value: new Uint8Array() } }));

test('makes the calls one after another, tells how far it is and answers the end', async () => {
  const core = coreOf([
    { step: { case: 'call', value: { callId: 1n } }, progress: { rounds: 1n } },
    { step: { case: 'waitMs', value: 1n } },
    { step: { case: 'call', value: { callId: 2n } }, progress: { rounds: 2n } },
    { step: { case: 'finished', value: { ok: true } } },
  ]);
  const rounds: bigint[] = [];
  const end = await runToEnd({ call: core.call, carryOut, progress: (progress) => rounds.push(progress.rounds) }, new AbortController().signal);
  expect(end.ok).toBe(true);
  expect(core.delivered).toEqual([1n, 2n]);
  expect(rounds).toEqual([1n, 2n]);
});

test('lets what waits have its turn between two steps', async () => {
  const core = coreOf([...Array(3)].map((_, i) => ({ step: { case: 'call' as const, value: { callId: BigInt(i + 1) } } })).concat([]));
  const order: string[] = [];
  const run = runToEnd({ call: (method, bytes) => { order.push(method); return core.call(method, bytes); }, carryOut, progress: () => undefined }, new AbortController().signal);
  const channel = new MessageChannel();
  channel.port1.onmessage = () => { order.push('autosave'); channel.port1.close(); };
  channel.port2.postMessage(null);
  await run.catch(() => undefined);
  expect(order.indexOf('autosave')).toBeGreaterThan(0);
  expect(order.indexOf('autosave')).toBeLessThanOrEqual(4);
});

test('tells the core when it is cancelled', async () => {
  const cancel = new AbortController();
  const core = coreOf([{ step: { case: 'waitMs', value: 60_000n } }]);
  const run = runToEnd({ call: core.call, carryOut, progress: () => undefined }, cancel.signal);
  cancel.abort();
  await expect(run).rejects.toBeInstanceOf(SyncCancelled);
  expect(core.seen).toContain('CancelSync');
});

test('names what a browser lacks', () => {
  const whole = {
    WebAssembly: { Exception: class {} },
    navigator: { locks: {}, storage: { getDirectory: () => undefined } },
    FileSystemFileHandle: class { createSyncAccessHandle() { return undefined; } },
  };
  const scope = (change: object) => ({ ...whole, ...change }) as unknown as typeof globalThis;
  expect(missingFeature(scope({}))).toBe('');
  expect(missingFeature(scope({ FileSystemFileHandle: class {} }))).toBe('OPFS sync handles');
  expect(missingFeature(scope({ navigator: { locks: {}, storage: {} } }))).toBe('OPFS');
  expect(missingFeature(scope({ navigator: {} }))).toBe('Web Locks');
  expect(missingFeature(scope({ WebAssembly: {} }))).toBe('WebAssembly');
});
