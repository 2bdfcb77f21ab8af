// The server's news: one answer that does not end and says whenever something changed. EventSource cannot send the
// session's header, so the stream is read with fetch.

/** After which silence a stream is taken for dead; the server gives a sign of life every 25 seconds. */
const SILENCE_MS = 60_000;

export interface NewsOptions {
  readonly session: string;
  readonly signal: AbortSignal;
  /** Once the server has taken the stream. */
  readonly onOpen: () => void;
  /** Something changed. */
  readonly onNews: () => void;
}

/** Reads news until the stream ends, for whatever reason; never throws. */
export async function readNews(options: NewsOptions): Promise<void> {
  const abort = new AbortController();
  const end = (): void => abort.abort();
  options.signal.addEventListener('abort', end);
  let silence = setTimeout(end, SILENCE_MS);
  try {
    const response = await fetch('/events', {
      method: 'POST',
      headers: { 'dudao-session': options.session },
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: abort.signal,
    });
    if (!response.ok || response.body === null) return;
    options.onOpen();
    const events = new EventLines(options.onNews);
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_MS);
      events.take(decoder.decode(value, { stream: true }));
    }
  } catch {
    // Out of reach, or ended here: whoever reads asks in another way until there is a stream again.
  } finally {
    clearTimeout(silence);
    options.signal.removeEventListener('abort', end);
  }
}

/** Lines of an event stream as they come in pieces; comments are signs of life and nothing else. */
export class EventLines {
  private rest = '';

  constructor(private readonly onData: (text: string) => void) {}

  take(piece: string): void {
    const lines = (this.rest + piece).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data:')) this.onData(line.slice(5).trim());
  }
}
