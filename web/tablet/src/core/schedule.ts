// When to sync without being asked: when the network is back, and every so often; after a failure with growing pauses. Never two at a
// time.

export interface ScheduleParts {
  /** True where it ended well. Never rejects. */
  readonly run: () => Promise<boolean>;
  readonly everyMs: number;
  readonly setTimer?: (work: () => void, ms: number) => number;
  readonly clearTimer?: (timer: number) => void;
  readonly random?: () => number;
}

const FIRST_RETRY_MS = 5_000;
// Tablets of a team that find the same network shall not all call at once.
const SPREAD_MS = 2_000;

export class Schedule {
  private timer: number | undefined;
  private running = false;
  private again = false;
  private failures = 0;
  private stopped = true;

  constructor(private readonly parts: ScheduleParts) {}

  start(): void {
    if (this.parts.everyMs <= 0) return;
    this.stopped = false;
    this.soon();
  }

  stop(): void {
    this.stopped = true;
    this.cancelTimer();
  }

  /** The network came back, or there is something new to send. */
  soon(): void {
    if (this.stopped) return;
    this.failures = 0;
    if (this.running) this.again = true;
    else this.runAfter(this.random() * SPREAD_MS);
  }

  /** Pause before the next one, in milliseconds. */
  nextPauseMs(): number {
    const { everyMs } = this.parts;
    const base = this.failures === 0 ? everyMs : Math.min(everyMs, FIRST_RETRY_MS * 2 ** (this.failures - 1));
    return base * (0.75 + 0.5 * this.random());
  }

  private random(): number {
    return (this.parts.random ?? Math.random)();
  }

  private runAfter(ms: number): void {
    this.cancelTimer();
    const set = this.parts.setTimer ?? ((work: () => void, after: number) => setTimeout(work, after) as unknown as number);
    this.timer = set(() => void this.runNow(), ms);
  }

  private cancelTimer(): void {
    if (this.timer !== undefined) (this.parts.clearTimer ?? clearTimeout)(this.timer);
    this.timer = undefined;
  }

  private async runNow(): Promise<void> {
    this.timer = undefined;
    this.running = true;
    const ok = await this.parts.run();
    this.running = false;
    this.failures = ok ? 0 : this.failures + 1;
    if (this.stopped) return;
    const at = this.again ? this.random() * SPREAD_MS : this.nextPauseMs();
    this.again = false;
    this.runAfter(at);
  }
}
