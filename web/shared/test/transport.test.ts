import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';

import { IdentityService, SignInRequestSchema, SignInResponseSchema } from '../src/gen/dudao/identity/v1/identity_pb';
import { ErrorInfoSchema, LocalizedMessageSchema } from '../src/gen/google/rpc/error_details_pb';
import { StatusSchema } from '../src/gen/google/rpc/status_pb';
import { ApiError, Code, createClient } from '../src/transport';
import { BrokenAnswer, frame, parseTrailers, unframe } from '../src/transport/frames';

const TRAILER_FLAG = 0x80;

function framed(flags: number, content: Uint8Array): Uint8Array {
  const out = frame(content);
  out[0] = flags;
  return out;
}
function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
const trailers = (text: string): Uint8Array => framed(TRAILER_FLAG, new TextEncoder().encode(text));

function statusDetails(): string {
  const pack = (locale: string, message: string) => anyPack(LocalizedMessageSchema, create(LocalizedMessageSchema, { locale, message }));
  const status = create(StatusSchema, {
    code: Code.Aborted,
    message: 'changed',
    details: [
      anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { domain: 'dudao', reason: 'CONTENT_CHANGED', metadata: { request_id: 'r-7' } })),
      pack('zh-CN', '记录内容已变化'),
      pack('en', 'The record changed'),
    ],
  });
  return Buffer.from(toBinary(StatusSchema, status)).toString('base64').replace(/=+$/, '');
}

interface Seen {
  url: string;
  init: RequestInit;
}

function clientOf(answer: () => Response | Promise<Response>, session: string | null = 'token') {
  const seen: Seen[] = [];
  const client = createClient({
    session: () => session,
    fetch: ((url: string, init: RequestInit) => {
      seen.push({ url, init });
      return new Promise<Response>((resolve, reject) => {
        init.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        Promise.resolve(answer()).then(resolve, reject);
      });
    }) as typeof fetch,
  });
  return { client, seen, signIn: () => client.call(IdentityService.method.signIn, { personId: 'p21', password: 'secret' }) };
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('it worked');
}

describe('a call', () => {
  it('frames the request and reads message and trailers', async () => {
    const message = toBinary(SignInResponseSchema, create(SignInResponseSchema, { session: 's', mustChangePassword: true }));
    const { signIn, seen } = clientOf(() => new Response(join(frame(message), trailers('grpc-status: 0\r\n'))));
    const answer = await signIn();
    expect(answer.session).toBe('s');
    expect(answer.mustChangePassword).toBe(true);
    const sent = seen[0]!;
    expect(sent.url).toBe('/dudao.identity.v1.IdentityService/SignIn');
    const body = unframe(sent.init.body as Uint8Array);
    expect(Buffer.from(body.message!)).toEqual(Buffer.from(toBinary(SignInRequestSchema, create(SignInRequestSchema, { personId: 'p21', password: 'secret' }))));
  });

  it('sends the session as a header and nowhere else', async () => {
    const { signIn, seen } = clientOf(() => new Response(join(frame(new Uint8Array()), trailers('grpc-status:0'))), 'very-secret');
    await signIn();
    expect((seen[0]!.init.headers as Record<string, string>)['dudao-session']).toBe('very-secret');
    expect(seen[0]!.url).not.toContain('very-secret');
    expect(seen[0]!.init.credentials).toBe('omit');
  });

  it('sends no session header where nobody is signed in', async () => {
    const { signIn, seen } = clientOf(() => new Response(join(frame(new Uint8Array()), trailers('grpc-status:0'))), null);
    await signIn();
    expect(seen[0]!.init.headers).not.toHaveProperty('dudao-session');
  });
});

describe('an error', () => {
  it('has reason, both texts and the request id from the trailers', async () => {
    const { signIn } = clientOf(() => new Response(trailers(`grpc-status: 10\r\ngrpc-message: changed\r\ngrpc-status-details-bin: ${statusDetails()}\r\n`)));
    const error = await failure(signIn());
    expect(error).toMatchObject({ code: Code.Aborted, reason: 'CONTENT_CHANGED', textZh: '记录内容已变化', textEn: 'The record changed', requestId: 'r-7' });
  });

  it('is read from the headers where there is no body', async () => {
    const { signIn } = clientOf(() => new Response(null, { headers: { 'grpc-status': '16', 'grpc-message': 'sign%20in', 'grpc-status-details-bin': '%%%' } }));
    expect(await failure(signIn())).toMatchObject({ code: Code.Unauthenticated, reason: 'GRPC_16', textEn: 'sign in' });
  });

  it('without details keeps code and message', async () => {
    const { signIn } = clientOf(() => new Response(trailers('grpc-status: 5\r\ngrpc-message: not%20there')));
    expect(await failure(signIn())).toMatchObject({ code: Code.NotFound, reason: 'GRPC_5', textEn: 'not there' });
  });

  it.each([
    [() => Promise.reject(new TypeError('down')), 'NETWORK'],
    [() => new Response('no', { status: 503 }), 'NETWORK'],
    [() => new Response('no', { status: 429 }), 'RATE_LIMITED'],
    [() => new Response('no', { status: 404 }), 'UNIMPLEMENTED'],
    [() => new Response(new Uint8Array([0, 0, 0, 0, 9, 1])), 'ANSWER_BROKEN'],
    [() => new Response(frame(new Uint8Array())), 'ANSWER_BROKEN'],
    [() => new Response(trailers('grpc-status: 0')), 'ANSWER_BROKEN'],
    [() => new Response(join(frame(new Uint8Array([0xff])), trailers('grpc-status: 0'))), 'ANSWER_BROKEN'],
  ])('of the way there says what to do (%#)', async (answer, reason) => {
    const error = await failure(clientOf(answer as () => Response).signIn());
    expect(error.reason).toBe(reason);
    expect(error.textZh).not.toBe('');
    expect(error.textEn).not.toBe('');
  });

  it('tells a timeout from being cancelled', async () => {
    const { client } = clientOf(() => new Promise<Response>(() => undefined));
    const abort = new AbortController();
    const cancelled = failure(client.call(IdentityService.method.getSelf, {}, { signal: abort.signal }));
    abort.abort();
    expect((await cancelled).reason).toBe('CANCELLED');
    expect((await failure(client.call(IdentityService.method.getSelf, {}, { timeoutMs: 1 }))).reason).toBe('TIMEOUT');
  });
});

describe('frames', () => {
  it('refuse what is cut short, compressed or doubled', () => {
    expect(() => unframe(new Uint8Array([0, 0]))).toThrow(BrokenAnswer);
    expect(() => unframe(framed(0, new Uint8Array(4)).subarray(0, 7))).toThrow(BrokenAnswer);
    expect(() => unframe(framed(1, new Uint8Array(1)))).toThrow(BrokenAnswer);
    expect(() => unframe(join(frame(new Uint8Array(1)), frame(new Uint8Array(1))))).toThrow(BrokenAnswer);
  });

  it('have trailers without regard to case and blanks', () => {
    expect(parseTrailers('Grpc-Status:  0\r\nx: a:b\r\n\r\n').get('grpc-status')).toBe('0');
    expect(parseTrailers('x: a:b').get('x')).toBe('a:b');
  });
});
