// Room held back for what people type: a file of zeros, really written. Where the quota or the disk is full it is given up at once, so
// that the database goes on growing for a while.
import { openFiles, type Handle } from './files';

const FILE = 'dudao.room';
const PIECE_BYTES = 1 << 20;
// How Chromium counts an open file: at least so much, then the next power of two, then the next multiple of the largest step; all of a
// step or nothing. A file that was just opened counts as what it is.
const STEP_BYTES_MIN = 1 << 20;
const STEP_BYTES_MAX = 128 << 20;
// What the database shall be able to grow by, and what its log takes.
const GROWTH_BYTES = 8 << 20;
const LOG_BYTES = 8 << 20;

/** What a file of so many bytes counts while it grows. */
export function stepOf(bytes: number): number {
  if (bytes > STEP_BYTES_MAX) return Math.ceil(bytes / STEP_BYTES_MAX) * STEP_BYTES_MAX;
  let step = STEP_BYTES_MIN;
  while (step < bytes) step *= 2;
  return step;
}

/** Enough that a database of this size can grow, also right after it was opened. */
export const reserveBytes = (databaseBytes: number): number => stepOf(databaseBytes + GROWTH_BYTES) - databaseBytes + LOG_BYTES;

export class Reserve {
  private handle: Handle | undefined;
  private bytes = 0;
  private turn = 0; // grows when the file is given back

  constructor(private readonly openFile: () => Promise<Handle | undefined> = async () => (await openFiles([FILE]))[0]) {}

  get heldBytes(): number {
    return this.bytes;
  }

  /** With what an earlier run has held. Where even an empty file has no place nothing is held, and that is all. */
  async open(): Promise<void> {
    const turn = this.turn;
    const handle = await this.openFile().catch(() => undefined);
    // Given back meanwhile: another tab waits for it.
    if (turn !== this.turn) return handle?.close();
    this.handle = handle;
    this.bytes = this.handle?.getSize() ?? 0;
  }

  close(): void {
    this.turn++;
    this.handle?.close();
    this.handle = undefined;
    this.bytes = 0;
  }

  /** False where nothing is held. Closing is what gives the room back: an open file goes on counting as its largest size. */
  giveUp(): boolean {
    const handle = this.handle;
    if (handle === undefined || this.bytes === 0) return false;
    handle.truncate(0);
    handle.flush();
    this.close();
    return true;
  }

  /** Whether so much is held afterwards. Piece by piece, so that an autosave need not wait. */
  async take(bytes: number): Promise<boolean> {
    if (this.bytes >= bytes) return true;
    if (this.handle === undefined) await this.open();
    const handle = this.handle;
    if (handle === undefined) return false;
    const before = this.bytes;
    try {
      for (let at = before; at < bytes; at = this.bytes) {
        const size = Math.min(PIECE_BYTES, bytes - at);
        if (this.handle !== handle || handle.write(new Uint8Array(size), { at }) !== size) break;
        this.bytes = at + size;
        await new Promise((resume) => setTimeout(resume));
      }
      if (this.handle === handle) handle.flush();
    } catch {
      // Said by what is held.
    }
    // Given up meanwhile: somebody needed it more.
    if (this.handle !== handle) return false;
    if (this.bytes < bytes) handle.truncate(before);
    this.close();
    await this.open();
    return this.bytes >= bytes;
  }
}
