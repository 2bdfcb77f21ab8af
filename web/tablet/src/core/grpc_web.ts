// Carries out the calls that the core hands out: bytes in, bytes out, over gRPC-Web with fetch.
import { create } from '@bufbuild/protobuf';
import { CallErrorSchema, type DeliverRequest, DeliverRequestSchema, type OutgoingCall } from '@dudao/shared/gen/dudao/client/v1/sync_pb';
import { ApiError, BrokenAnswer, Code, errorOf, frame, unframe } from '@dudao/shared/transport';

// What gRPC makes of an HTTP status that came without one of its own.
const CODE_OF_HTTP = new Map<number, Code>([
  [400, Code.Internal],
  [401, Code.Unauthenticated],
  [403, Code.PermissionDenied],
  [404, Code.Unimplemented],
  [413, Code.ResourceExhausted],
  [429, Code.Unavailable],
  [502, Code.Unavailable],
  [503, Code.Unavailable],
  [504, Code.Unavailable],
]);
const TIMEOUT_MS_MAX = 99_999_999; // eight digits are what grpc-timeout takes

/** Never throws: whatever happens is an outcome for Deliver. */
export async function carryOut(server: string, call: OutgoingCall, cancel: AbortSignal): Promise<DeliverRequest> {
  const deadlineMs = Math.min(Math.max(1, Number(call.deadlineMs)), TIMEOUT_MS_MAX);
  const abort = new AbortController();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    abort.abort();
  }, deadlineMs);
  const stop = (): void => abort.abort();
  cancel.addEventListener('abort', stop);
  if (cancel.aborted) stop();
  try {
    const response = await fetch(server + call.method, {
      method: 'POST',
      headers: headersOf(call, deadlineMs),
      body: frame(call.request),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: abort.signal,
    });
    return create(DeliverRequestSchema, { callId: call.callId, outcome: { case: 'response', value: await read(response) } });
  } catch (error) {
    return failed(call, error, late, cancel.aborted);
  } finally {
    clearTimeout(timer);
    cancel.removeEventListener('abort', stop);
  }
}

function headersOf(call: OutgoingCall, deadlineMs: number): Headers {
  const headers = new Headers({
    'content-type': 'application/grpc-web+proto',
    'x-grpc-web': '1',
    'grpc-timeout': `${deadlineMs}m`,
  });
  for (const { name, value } of call.headers) headers.append(name, value);
  return headers;
}

async function read(response: Response): Promise<Uint8Array> {
  const early = new Map<string, string>();
  response.headers.forEach((value, name) => early.set(name.toLowerCase(), value));
  if ((early.get('grpc-status') ?? '0') !== '0') throw errorOf(early);
  if (!response.ok) throw ofHttp(response.status);
  const { message, trailers } = unframe(new Uint8Array(await response.arrayBuffer()));
  const status = trailers.get('grpc-status') ?? early.get('grpc-status');
  if (status === undefined) throw new BrokenAnswer('no status');
  if (status !== '0') throw errorOf(trailers.has('grpc-status') ? trailers : early);
  if (message === undefined) throw new BrokenAnswer('no message');
  return message;
}

function ofHttp(status: number): ApiError {
  const text = `HTTP ${status}`;
  return new ApiError({ code: CODE_OF_HTTP.get(status) ?? Code.Unknown, reason: '', textZh: text, textEn: text });
}

function failed(call: OutgoingCall, error: unknown, late: boolean, cancelled: boolean): DeliverRequest {
  const value = create(CallErrorSchema, { code: Code.Unavailable, message: String(error) });
  if (error instanceof ApiError) {
    value.code = error.code;
    value.message = error.textEn;
    value.reason = error.reason.startsWith('GRPC_') ? '' : error.reason;
    value.metadata = { ...error.metadata };
  } else if (error instanceof BrokenAnswer) {
    // Cut on the way, or a proxy's page: worth another try.
    value.code = Code.Unavailable;
  } else if (cancelled) {
    value.code = Code.Cancelled;
  } else if (late) {
    value.code = Code.DeadlineExceeded;
  }
  return create(DeliverRequestSchema, { callId: call.callId, outcome: { case: 'error', value } });
}
