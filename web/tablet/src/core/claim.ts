// Which tab has the database: a Web Lock, and a channel on which one tab asks the other to let go.

const LOCK = 'dudao-tablet';
const CHANNEL = 'dudao-tablet';
const LET_GO = 'let-go';
const ASK_AGAIN_MS = 500;
const GIVE_UP_MS = 15_000;

export class Claim {
  private readonly channel = new BroadcastChannel(CHANNEL);
  private giveBack: (() => void) | undefined;

  /** `asked`: another tab wants the database; whoever holds it closes it and calls release. */
  constructor(asked: () => void) {
    this.channel.onmessage = (event: MessageEvent<unknown>) => {
      if (event.data === LET_GO && this.giveBack !== undefined) asked();
    };
  }

  /** False where another tab has it. */
  take(): Promise<boolean> {
    return this.request({ ifAvailable: true });
  }

  /** Asks the tab that has it to let go, and waits. False where it does not. */
  async takeOver(): Promise<boolean> {
    const ask = (): void => this.channel.postMessage(LET_GO);
    const abort = new AbortController();
    const again = setInterval(ask, ASK_AGAIN_MS);
    const end = setTimeout(() => abort.abort(), GIVE_UP_MS);
    try {
      ask();
      return await this.request({ signal: abort.signal });
    } catch (error) {
      if (abort.signal.aborted) return false;
      throw error;
    } finally {
      clearInterval(again);
      clearTimeout(end);
    }
  }

  release(): void {
    this.giveBack?.();
    this.giveBack = undefined;
  }

  private request(options: LockOptions): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const held = navigator.locks.request(LOCK, options, (lock) => {
        resolve(lock !== null);
        if (lock === null) return undefined;
        return new Promise<void>((done) => (this.giveBack = done));
      });
      held.catch(reject);
    });
  }
}
