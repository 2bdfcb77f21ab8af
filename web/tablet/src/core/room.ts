// Is there room, and for what. Where a write meets the quota or a full disk, the reserve is given up and the write goes on; from then on
// room is short: files are refused, and everything else still has a place. Short ends when the reserve is whole again, or when the
// database has room inside, as after photos were removed.
import type { Handle } from './files';
import { Reserve, reserveBytes } from './reserve';

// Inside the database: a photo as it is handed over and as it is kept, some times over.
const FILES_BYTES_MIN = 16 << 20;
// Each try is a question to the browser, which may still be putting down what was given up.
const TRIES_MAX = 20;

export class Room {
  private database: Handle | undefined;
  private freeBytes = 0;
  private tending: Promise<void> | undefined;
  private isShort = false;

  constructor(
    private readonly changed: (short: boolean) => void,
    private readonly reserve = new Reserve(),
  ) {}

  get short(): boolean {
    return this.isShort;
  }

  /** The files as SQLite shall have them; the first one is the database. */
  async around(files: readonly Handle[]): Promise<Handle[]> {
    await this.reserve.open();
    this.database = files[0];
    return files.map((file) => new RoomyFile(file, () => this.give()));
  }

  close(): void {
    this.reserve.close();
    this.database = undefined;
  }

  /** Takes the reserve where there is room for it. `freeBytes`: what the database has inside; asked only where that counts. */
  tend(freeBytes: () => number): Promise<void> {
    this.tending ??= this.tendOnce(freeBytes).finally(() => (this.tending = undefined));
    return this.tending;
  }

  private async tendOnce(freeBytes: () => number): Promise<void> {
    if (this.database === undefined) return;
    const whole = await this.reserve.take(reserveBytes(this.database.getSize()));
    if (!whole) this.freeBytes = freeBytes();
    this.setShort(!whole && this.freeBytes < FILES_BYTES_MIN);
  }

  private give(): boolean {
    const given = this.reserve.giveUp();
    this.setShort(this.freeBytes < FILES_BYTES_MIN);
    return given;
  }

  private setShort(short: boolean): void {
    if (short === this.isShort) return;
    this.isShort = short;
    this.changed(short);
  }
}

/** A file whose writes may use the reserve. */
export class RoomyFile implements Handle {
  constructor(
    private readonly file: Handle,
    private readonly makeRoom: () => boolean,
  ) {}

  read(to: Uint8Array, options: { at: number }): number {
    return this.file.read(to, options);
  }

  write(from: Uint8Array, options: { at: number }): number {
    return this.withRoom(
      () => this.file.write(from, options),
      (done) => done === from.length,
    );
  }

  truncate(bytes: number): void {
    this.withRoom(
      () => this.file.truncate(bytes),
      () => true,
    );
  }

  flush(): void {
    this.file.flush();
  }

  getSize(): number {
    return this.file.getSize();
  }

  close(): void {
    this.file.close();
  }

  private withRoom<T>(work: () => T, whole: (answer: T) => boolean): T {
    try {
      const answer = work();
      if (whole(answer) || !this.makeRoom()) return answer;
    } catch (error) {
      if (!isFull(error) || !this.makeRoom()) throw error;
    }
    for (let tries = 1; ; tries++) {
      try {
        return work();
      } catch (error) {
        if (!isFull(error) || tries >= TRIES_MAX) throw error;
      }
    }
  }
}

/** The quota is used up. */
export const isFull = (error: unknown): boolean => error instanceof DOMException && error.name === 'QuotaExceededError';
