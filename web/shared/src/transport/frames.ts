// Frames of gRPC-Web: one byte of flags, four bytes of length, then the bytes. A frame with the highest flag holds trailers.
import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';

const TRAILERS = 0x80;
const COMPRESSED = 0x01;
const HEAD = 5;

export function frame(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(HEAD + message.length);
  new DataView(out.buffer).setUint32(1, message.length);
  out.set(message, HEAD);
  return out;
}

export interface Answer {
  readonly message: Uint8Array | undefined;
  readonly trailers: ReadonlyMap<string, string>;
}

export class BrokenAnswer extends Error {}

export function unframe(body: Uint8Array): Answer {
  let message: Uint8Array | undefined;
  let trailers: ReadonlyMap<string, string> = new Map();
  let at = 0;
  while (at < body.length) {
    if (body.length - at < HEAD) throw new BrokenAnswer('a frame ends in its head');
    const flags = body[at]!;
    const length = new DataView(body.buffer, body.byteOffset + at + 1, 4).getUint32(0);
    at += HEAD;
    if (body.length - at < length) throw new BrokenAnswer('a frame is cut short');
    const content = body.subarray(at, at + length);
    at += length;
    if ((flags & COMPRESSED) !== 0) throw new BrokenAnswer('a compressed frame was not asked for');
    if ((flags & TRAILERS) !== 0) trailers = parseTrailers(new TextDecoder().decode(content));
    else if (message === undefined) message = content;
    else throw new BrokenAnswer('more than one message');
  }
  return { message, trailers };
}

export function parseTrailers(text: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) out.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return out;
}

/** Undefined where the text is no base64, of either alphabet. */
export function fromBase64(text: string): Uint8Array | undefined {
  const standard = text.replace(/-/g, '+').replace(/_/g, '/').replace(/=+$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(standard) || standard.length % 4 === 1) return undefined;
  const binary = atob(standard);
  const out = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i);
  return out;
}

/** Parses, or answers undefined where the bytes are no such message. */
export function tryParse<D extends DescMessage>(schema: D, bytes: Uint8Array): MessageShape<D> | undefined {
  try {
    return fromBinary(schema, bytes);
  } catch {
    return undefined;
  }
}
