import { expect, test } from 'vitest';

import type { Handle } from '../src/core/files';
import { Reserve, reserveBytes, stepOf } from '../src/core/reserve';
import { Room } from '../src/core/room';

const MIB = 1 << 20;

// A browser's storage as Chromium counts it: an open file takes whole steps, and gives back what it does not fill when it is closed.
class Disk {
  quota = Infinity;
  private readonly sizes = new Map<string, number>();
  private readonly counted = new Map<string, number>();

  get used(): number {
    return [...this.counted.values()].reduce((sum, bytes) => sum + bytes, 0);
  }
  size(name: string): number {
    return this.sizes.get(name) ?? 0;
  }
  open(name: string): Handle {
    this.counted.set(name, this.size(name));
    const reach = (bytes: number): void => {
      const now = this.counted.get(name) ?? 0;
      const wanted = bytes <= now ? now : stepOf(bytes);
      if (this.used - now + wanted > this.quota && wanted > now) throw new DOMException('no room', 'QuotaExceededError');
      this.counted.set(name, wanted);
    };
    return {
      read: () => 0,
      write: (from, { at }) => {
        reach(at + from.length);
        this.sizes.set(name, Math.max(this.size(name), at + from.length));
        return from.length;
      },
      truncate: (bytes) => {
        reach(bytes);
        this.sizes.set(name, bytes);
      },
      flush: () => undefined,
      getSize: () => this.size(name),
      close: () => void this.counted.set(name, this.size(name)),
    };
  }
}

async function tabletWith(databaseBytes: number) {
  const disk = new Disk();
  const told: boolean[] = [];
  const database = disk.open('database');
  database.truncate(databaseBytes);
  const room = new Room(
    (short) => told.push(short),
    new Reserve(() => Promise.resolve(disk.open('reserve'))),
  );
  const [file] = await room.around([database]);
  await room.tend(() => 0);
  return { disk, told, room, file: file as Handle };
}
const append = (file: Handle, bytes: number): number => file.write(new Uint8Array(bytes), { at: file.getSize() });

test('a file grows by whole steps', () => {
  expect([1, MIB, MIB + 1, 5 * MIB, 65 * MIB, 129 * MIB].map((bytes) => stepOf(bytes) / MIB)).toEqual([1, 1, 2, 8, 128, 256]);
});

test.each([1, 3, 7, 31, 63, 64, 120, 127, 129, 250])('the reserve lets a database of %i MiB grow where nothing else is left', async (mebibytes) => {
  const { disk, told, file } = await tabletWith(mebibytes * MIB);
  expect(disk.size('reserve')).toBe(reserveBytes(mebibytes * MIB));
  disk.quota = disk.used;
  for (let written = 0; written < 8; written++) expect(append(file, MIB)).toBe(MIB);
  expect(told.length === 0 || told.join() === 'true').toBe(true);
});

test('a write that meets the quota is done all the same, and room is short from then on', async () => {
  const { disk, told, room, file } = await tabletWith(4 * MIB);
  disk.quota = disk.used;
  expect(append(file, MIB)).toBe(MIB);
  expect(disk.size('reserve')).toBe(0);
  expect(told).toEqual([true]);
  await room.tend(() => 0);
  expect(told).toEqual([true]);
  disk.quota = Infinity;
  await room.tend(() => 0);
  expect(told).toEqual([true, false]);
  expect(disk.size('reserve')).toBe(reserveBytes(5 * MIB));
});

test('with neither room nor reserve the write fails as it did, and the next one with room is done', async () => {
  const { disk, told, file } = await tabletWith(4 * MIB);
  disk.quota = 1;
  expect(() => append(file, MIB)).toThrow('no room');
  expect(told).toEqual([true]);
  disk.quota = Infinity;
  expect(append(file, MIB)).toBe(MIB);
});

test('a short write, as of a full disk, is met like a quota', async () => {
  const disk = new Disk();
  const database = disk.open('database');
  const whole = database.write;
  let full = true;
  database.write = (from, options) => (full ? whole(from.subarray(1), options) : whole(from, options));
  const room = new Room(() => (full = false), new Reserve(() => Promise.resolve(disk.open('reserve'))));
  const [file] = await room.around([database]);
  await room.tend(() => 0);
  expect(append(file as Handle, MIB)).toBe(MIB);
  expect(disk.size('reserve')).toBe(0);
});

test('room inside the database counts: files are taken though the reserve cannot be whole', async () => {
  const { disk, told, room, file } = await tabletWith(4 * MIB);
  disk.quota = disk.used;
  append(file, MIB);
  await room.tend(() => 100 * MIB);
  expect(told).toEqual([true, false]);
  expect(room.short).toBe(false);
});

test('a reserve that does not fit is not held by half', async () => {
  const { disk, room } = await tabletWith(4 * MIB);
  room.close();
  disk.open('reserve').truncate(0);
  disk.open('reserve').close();
  disk.quota = disk.used + 5 * MIB;
  await room.around([disk.open('database')]);
  await room.tend(() => 0);
  expect(disk.size('reserve')).toBe(0);
  expect(room.short).toBe(true);
});

test('where the reserve has no place for its file the database is used without it, until it has', async () => {
  const disk = new Disk();
  let placed = false;
  const told: boolean[] = [];
  const room = new Room(
    (short) => told.push(short),
    new Reserve(() => (placed ? Promise.resolve(disk.open('reserve')) : Promise.reject(new DOMException('no room', 'QuotaExceededError')))),
  );
  const [file] = await room.around([disk.open('database')]);
  await room.tend(() => 0);
  expect(told).toEqual([true]);
  expect(append(file as Handle, MIB)).toBe(MIB);
  placed = true;
  await room.tend(() => 0);
  expect(told).toEqual([true, false]);
});

test('a reserve that is given back while it is being opened is not kept', async () => {
  const disk = new Disk();
  let closed = 0;
  let opened: (file: Handle) => void = () => undefined;
  const reserve = new Reserve(() => new Promise((resolve) => (opened = resolve)));
  const opening = reserve.open();
  reserve.close();
  const file = disk.open('reserve');
  opened({ ...file, close: () => closed++ });
  await opening;
  expect(closed).toBe(1);
  expect(reserve.heldBytes).toBe(0);
});
