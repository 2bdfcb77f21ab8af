import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { OutgoingCallSchema } from '@dudao/shared/gen/dudao/client/v1/sync_pb';
import { ErrorInfoSchema } from '@dudao/shared/gen/google/rpc/error_details_pb';
import { StatusSchema } from '@dudao/shared/gen/google/rpc/status_pb';
import { frame } from '@dudao/shared/transport';
import { afterEach, expect, test, vi } from 'vitest';

import { carryOut } from '../src/core/grpc_web';

afterEach(() => vi.unstubAllGlobals());

const call = create(OutgoingCallSchema, {
  callId: 7n,
  method: '/dudao.sync.v1.SyncService/Exchange',
  request: new Uint8Array([1, 2, 3]),
  deadlineMs: 200n,
  headers: [{ name: 'dudao-device', value: 'd1' }, { name: 'dudao-signature', value: 's1' }],
});
const never = new AbortController().signal;

function trailers(text: string): Uint8Array {
  const framed = frame(new TextEncoder().encode(text));
  framed[0] = 0x80;
  return framed;
}
function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
function answering(body: Uint8Array, init: ResponseInit = {}): { seen: Request[] } {
  const seen: Request[] = [];
  vi.stubGlobal('fetch', (url: string, request: RequestInit) => {
    seen.push(new Request(`http://server${url}`, { method: 'POST', headers: request.headers ?? {}, body: request.body ?? null }));
    return Promise.resolve(new Response(body as Uint8Array<ArrayBuffer>, init));
  });
  return { seen };
}

test('sends the bytes as they are, with headers and deadline, and delivers the answer', async () => {
  const { seen } = answering(joined(frame(new Uint8Array([9, 8])), trailers('grpc-status: 0\r\n')));
  const outcome = await carryOut('', call, never);
  expect(outcome.callId).toBe(7n);
  expect(outcome.outcome).toEqual({ case: 'response', value: new Uint8Array([9, 8]) });
  const request = seen[0]!;
  expect(new URL(request.url).pathname).toBe('/dudao.sync.v1.SyncService/Exchange');
  expect(request.headers.get('dudao-signature')).toBe('s1');
  expect(request.headers.get('grpc-timeout')).toBe('200m');
  expect([...new Uint8Array(await request.arrayBuffer())]).toEqual([0, 0, 0, 0, 3, 1, 2, 3]);
});

test('takes the reason and its data out of the details', async () => {
  const info = create(ErrorInfoSchema, { reason: 'CLOCK_UNKNOWN', domain: 'dudao', metadata: { server_time_ms: '5' } });
  const status = toBinary(StatusSchema, create(StatusSchema, { code: 16, message: 'x', details: [anyPack(ErrorInfoSchema, info)] }));
  const packed = btoa(String.fromCharCode(...status));
  answering(trailers(`grpc-status: 16\r\ngrpc-message: x%20y\r\ngrpc-status-details-bin: ${packed}\r\n`));
  const { outcome } = await carryOut('', call, never);
  expect(outcome.case).toBe('error');
  if (outcome.case !== 'error') return;
  expect(outcome.value.code).toBe(16);
  expect(outcome.value.reason).toBe('CLOCK_UNKNOWN');
  expect(outcome.value.metadata).toEqual({ server_time_ms: '5' });
});

test('reads an error that stands in the headers alone', async () => {
  answering(new Uint8Array(), { headers: { 'grpc-status': '8', 'grpc-message': 'slow down' } });
  const { outcome } = await carryOut('', call, never);
  expect(outcome).toMatchObject({ case: 'error', value: { code: 8, reason: '' } });
});

test.each([
  ['an answer that was cut', joined(frame(new Uint8Array(100))).subarray(0, 50), 200, 14],
  ['an answer without a status', frame(new Uint8Array([1])), 200, 14],
  ['a gateway that is down', new Uint8Array(), 502, 14],
  ['a path that nobody serves', new Uint8Array(), 404, 12],
])('delivers %s as a failure', async (_, body, status, code) => {
  answering(body, { status });
  const { outcome } = await carryOut('', call, never);
  expect(outcome).toMatchObject({ case: 'error', value: { code } });
});

test('gives up at the deadline, and when it is told to', async () => {
  vi.stubGlobal('fetch', (_: string, { signal }: RequestInit) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))));
  const late = await carryOut('', create(OutgoingCallSchema, { ...call, deadlineMs: 5n }), never);
  expect(late.outcome).toMatchObject({ case: 'error', value: { code: 4 } });
  const cancel = new AbortController();
  const stopped = carryOut('', create(OutgoingCallSchema, { ...call, deadlineMs: 60_000n }), cancel.signal);
  cancel.abort();
  expect((await stopped).outcome).toMatchObject({ case: 'error', value: { code: 1 } });
});
