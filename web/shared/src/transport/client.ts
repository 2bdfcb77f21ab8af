// Unary calls over gRPC-Web with fetch. One client a page; it keeps no state but what it is given.
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';

import { translate } from '../texts/index';
import { ApiError, Code, errorOf } from './api_error';
import { BrokenAnswer, frame, unframe } from './frames';

export interface ClientOptions {
  /** Where the services are, without a slash at the end; empty for the page's own host. */
  readonly base?: string;
  /** The session's token, read for each call. Never part of a URL. */
  readonly session?: () => string | null;
  readonly fetch?: typeof fetch;
  /** After which a call is given up; can be set for each call. */
  readonly timeoutMs?: number;
  /** Sees each error before the caller does. */
  readonly onError?: (error: ApiError) => void;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface Client {
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options?: CallOptions,
  ): Promise<MessageShape<O>>;
}

const DEFAULT_TIMEOUT_MS = 30_000;

export function createClient(options: ClientOptions = {}): Client {
  return {
    async call(method, request, callOptions) {
      try {
        return await callOnce(options, method, request, callOptions ?? {});
      } catch (error) {
        if (error instanceof ApiError) options.onError?.(error);
        throw error;
      }
    },
  };
}

async function callOnce<I extends DescMessage, O extends DescMessage>(
  options: ClientOptions,
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
  callOptions: CallOptions,
): Promise<MessageShape<O>> {
  const timeoutMs = callOptions.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const abort = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    abort.abort();
  }, timeoutMs);
  const cancel = (): void => abort.abort();
  callOptions.signal?.addEventListener('abort', cancel);
  if (callOptions.signal?.aborted === true) abort.abort();
  try {
    const response = await (options.fetch ?? fetch)(`${options.base ?? ''}/${method.parent.typeName}/${method.name}`, {
      method: 'POST',
      headers: headersOf(options, timeoutMs),
      body: frame(toBinary(method.input, create(method.input, request))),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: abort.signal,
    });
    return await read(response, method.output);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error instanceof BrokenAnswer) throw ownError('ANSWER_BROKEN', Code.Internal, 'error.answerBroken');
    if (timedOut) throw ownError('TIMEOUT', Code.DeadlineExceeded, 'error.timeout');
    if (callOptions.signal?.aborted === true) throw ownError('CANCELLED', Code.Cancelled, 'error.cancelled');
    throw ownError('NETWORK', Code.Unavailable, 'error.network');
  } finally {
    clearTimeout(timer);
    callOptions.signal?.removeEventListener('abort', cancel);
  }
}

function headersOf(options: ClientOptions, timeoutMs: number): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/grpc-web+proto',
    'x-grpc-web': '1',
    'grpc-timeout': `${timeoutMs}m`,
  };
  const session = options.session?.() ?? null;
  if (session !== null) headers['dudao-session'] = session;
  return headers;
}

async function read<O extends DescMessage>(response: Response, output: O): Promise<MessageShape<O>> {
  // An error that came before any message stands in the headers alone.
  if ((response.headers.get('grpc-status') ?? '0') !== '0') throw errorOf(headersAsTrailers(response.headers));
  if (!response.ok) throw ofHttpStatus(response.status);
  const answer = unframe(new Uint8Array(await response.arrayBuffer()));
  const status = answer.trailers.get('grpc-status') ?? response.headers.get('grpc-status');
  if (status === undefined || status === null) throw new BrokenAnswer('no status');
  if (status !== '0') throw errorOf(answer.trailers);
  if (answer.message === undefined) throw new BrokenAnswer('no message');
  try {
    return fromBinary(output, answer.message);
  } catch {
    throw new BrokenAnswer('not the message that was expected');
  }
}

function headersAsTrailers(headers: Headers): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  headers.forEach((value, key) => out.set(key.toLowerCase(), value));
  return out;
}

function ofHttpStatus(status: number): ApiError {
  if (status === 413) return ownError('REQUEST_TOO_LARGE', Code.ResourceExhausted, 'error.requestTooLarge');
  if (status === 429) return ownError('RATE_LIMITED', Code.ResourceExhausted, 'error.rateLimited');
  if (status === 404) return ownError('UNIMPLEMENTED', Code.Unimplemented, 'error.unimplemented');
  return ownError('NETWORK', Code.Unavailable, 'error.serverUnavailable');
}

type OwnErrorKey =
  | 'error.answerBroken'
  | 'error.timeout'
  | 'error.cancelled'
  | 'error.network'
  | 'error.requestTooLarge'
  | 'error.rateLimited'
  | 'error.unimplemented'
  | 'error.serverUnavailable';

function ownError(reason: string, code: Code, key: OwnErrorKey): ApiError {
  return new ApiError({ code, reason, textZh: translate('zh', key), textEn: translate('en', key) });
}
