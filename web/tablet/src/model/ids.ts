// Ids of what people create, and moments in the county's time.
import { toHex } from '@dudao/shared/format';

const ID_BYTES = 6;

export function newId(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
}

// A day and a time of day in Asia/Shanghai, which has no summer time, as milliseconds since 1970 UTC; null for what is no time.
export function momentOf(date: string, time: string): bigint | null {
  const ms = Date.parse(`${date}T${time}:00+08:00`);
  return Number.isNaN(ms) ? null : BigInt(ms);
}
