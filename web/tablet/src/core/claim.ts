// Which tab has the database: a Web Lock, and a channel on which one tab asks the other to let go.

const LOCK = 'dudao-tablet';
const CHANNEL = 'dudao-tablet';
const LET_GO = 'let-go';
const ASK_AGAIN_MS = 500;
const GIVE_UP_MS = 15_000;
const CLOSING_MS = 500;

export class Claim {
  private readonly channel = new BroadcastChannel(CHANNEL);
  private giveBack: (() => void) | undefined;

  /** `asked`: another tab wants the database; whoever holds it closes it and calls release. */
  constructor(asked: () => void) {
    this.channel.onmessage = (event: MessageEvent<unknown>) => {
      if (event.data === LET_GO && this.giveBack !== undefined) asked();
    };
  }

  /** False where another tab has it. A tab that is just being closed gets the moment that it needs. */
  take(): Promise<boolean> {
    return this.within(CLOSING_MS, () => undefined);
  }

  /** Asks the tab that has it to let go, and waits. False where it does not. */
  async takeOver(): Promise<boolean> {
    const ask = (): void => this.channel.postMessage(LET_GO);
    const again = setInterval(ask, ASK_AGAIN_MS);
    try {
      return await this.within(GIVE_UP_MS, ask);
    } finally {
      clearInterval(again);
    }
  }

  release(): void {
    this.giveBack?.();
    this.giveBack = undefined;
  }

  private within(ms: number, begun: () => void): Promise<boolean> {
    const signal = AbortSignal.timeout(ms);
    return new Promise((resolve, reject) => {
      const held = navigator.locks.request(LOCK, { signal }, () => {
        resolve(true);
        return new Promise<void>((done) => (this.giveBack = done));
      });
      held.catch((error: unknown) => (signal.aborted ? resolve(false) : reject(error as Error)));
      begun();
    });
  }
}
