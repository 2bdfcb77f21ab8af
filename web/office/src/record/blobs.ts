// Files of records, fetched in pieces and kept for a while as object URLs.
import { fromHex, toHex } from '@dudao/shared/format';
import { BlobService } from '@dudao/shared/gen/dudao/blob/v1/blob_pb';

import { client } from '../core/session';

const KEPT_MAX = 120;
const SHOWN_TYPES = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'audio/mp4', 'audio/mpeg', 'audio/ogg', 'audio/wav']);

export interface BlobFile {
  readonly url: string;
  readonly mediaType: string;
  readonly bytes: number;
  /** Whether the bytes are those that the name promises; undefined where this page cannot compute it. */
  readonly genuine: boolean | undefined;
}

const kept = new Map<string, Promise<BlobFile>>();

/** Two at once: pictures must not crowd out calls. */
const waiting: (() => void)[] = [];
let running = 0;
async function turn(): Promise<void> {
  if (running >= 2) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
}
function next(): void {
  running--;
  waiting.shift()?.();
}

async function fetchBlob(space: string, hash: string): Promise<BlobFile> {
  const sha256 = fromHex(hash);
  if (sha256 === undefined) throw new RangeError('not a hash');
  await turn();
  try {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let have = 0;
    for (;;) {
      const piece = await client.call(BlobService.method.getChunk, { space, sha256, offset: BigInt(have) });
      pieces.push(piece.data as Uint8Array<ArrayBuffer>);
      have += piece.data.length;
      if (have >= Number(piece.totalBytes) || piece.data.length === 0) {
        return await wrap(pieces, piece.mediaType, have, hash);
      }
    }
  } finally {
    next();
  }
}

async function wrap(pieces: Uint8Array<ArrayBuffer>[], mediaType: string, bytes: number, hash: string): Promise<BlobFile> {
  const type = SHOWN_TYPES.has(mediaType) ? mediaType : 'application/octet-stream';
  const blob = new Blob(pieces, { type });
  let genuine: boolean | undefined;
  // Only there over https and on this very machine.
  if (window.isSecureContext) genuine = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()))) === hash;
  return { url: URL.createObjectURL(blob), mediaType: type, bytes, genuine };
}

export function loadBlob(space: string, hash: string): Promise<BlobFile> {
  const name = `${space}/${hash}`;
  const found = kept.get(name);
  if (found !== undefined) return found;
  const file = fetchBlob(space, hash);
  kept.set(name, file);
  file.catch(() => kept.delete(name));
  const oldest = kept.keys().next().value;
  if (kept.size > KEPT_MAX && oldest !== undefined) {
    const gone = kept.get(oldest);
    kept.delete(oldest);
    gone?.then((one) => URL.revokeObjectURL(one.url), () => undefined);
  }
  return file;
}
