// What went wrong with a call, as the server said it: a stable reason for code, texts in two languages for people.
import { ErrorInfoSchema, LocalizedMessageSchema } from '../gen/google/rpc/error_details_pb';
import { StatusSchema } from '../gen/google/rpc/status_pb';
import { fromBase64, tryParse } from './frames';

/** The gRPC codes that our pages tell apart. */
export const enum Code {
  Ok = 0,
  Cancelled = 1,
  Unknown = 2,
  InvalidArgument = 3,
  DeadlineExceeded = 4,
  NotFound = 5,
  PermissionDenied = 7,
  ResourceExhausted = 8,
  FailedPrecondition = 9,
  Aborted = 10,
  Unimplemented = 12,
  Internal = 13,
  Unavailable = 14,
  Unauthenticated = 16,
}

export interface ApiErrorFields {
  readonly code: number;
  readonly reason: string;
  readonly textZh: string;
  readonly textEn: string;
  readonly requestId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export class ApiError extends Error {
  readonly code: number;
  /** Stable, UPPER_SNAKE_CASE; for what never reached the server NETWORK, TIMEOUT or ANSWER_BROKEN. */
  readonly reason: string;
  readonly textZh: string;
  readonly textEn: string;
  /** What the office tells whoever runs the server, to find the call in its log; empty where there was none. */
  readonly requestId: string;
  readonly metadata: Readonly<Record<string, string>>;

  constructor(fields: ApiErrorFields) {
    super(`${fields.reason}: ${fields.textEn}`);
    this.name = 'ApiError';
    this.code = fields.code;
    this.reason = fields.reason;
    this.textZh = fields.textZh;
    this.textEn = fields.textEn;
    this.requestId = fields.requestId ?? '';
    this.metadata = fields.metadata ?? {};
  }
}

/** Reads the error out of trailers (or headers). Call it only where grpc-status is not 0. */
export function errorOf(trailers: ReadonlyMap<string, string>): ApiError {
  const code = Number(trailers.get('grpc-status') ?? Code.Unknown);
  const message = decodeMessage(trailers.get('grpc-message') ?? '');
  const packed = trailers.get('grpc-status-details-bin');
  const { reason, metadata, zh, en } = textsOf(packed === undefined ? new Uint8Array() : (fromBase64(packed) ?? new Uint8Array()));
  return new ApiError({
    code,
    reason: reason !== '' ? reason : `GRPC_${code}`,
    textZh: zh ?? message,
    textEn: en ?? message,
    requestId: metadata['request_id'],
    metadata,
  });
}

export interface StatusTexts {
  /** Empty where the status names none. */
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly message: string;
  readonly zh: string | undefined;
  readonly en: string | undefined;
}

/** What the bytes of a google.rpc.Status say; nothing where they are none. */
export function textsOf(bytes: Uint8Array): StatusTexts {
  const status = tryParse(StatusSchema, bytes);
  let reason = '';
  let metadata: Record<string, string> = {};
  const texts = new Map<string, string>();
  for (const detail of status?.details ?? []) {
    if (detail.typeUrl.endsWith('/google.rpc.ErrorInfo')) {
      const info = tryParse(ErrorInfoSchema, detail.value);
      reason = info?.reason ?? '';
      metadata = info?.metadata ?? {};
    } else if (detail.typeUrl.endsWith('/google.rpc.LocalizedMessage')) {
      const text = tryParse(LocalizedMessageSchema, detail.value);
      if (text !== undefined) texts.set(text.locale, text.message);
    }
  }
  return { reason, metadata, message: status?.message ?? '', zh: texts.get('zh-CN'), en: texts.get('en') };
}

function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
