// Notices that something changed, so that open lists look again: the server says so (news.ts), and where that is not to be
// had the page asks for the revision every few seconds while the tab is seen.
import { LedgerService } from '@dudao/shared/gen/dudao/review/v1/ledger_pb';
import { ApiError, Code } from '@dudao/shared/transport';
import { ref } from 'vue';

import { readNews } from './news';
import { client, expired, isReporter, self, sessionToken } from './session';

const EVERY_MS = 5000;
const WITHOUT_REVISION_MS = 20_000;
/** How often a page asks although there is news: ages and lights change with the clock alone. */
const WITH_NEWS_MS = 60_000;
const AGAIN_FIRST_MS = 5000;
const AGAIN_LAST_MS = 60_000;

/** Changes whenever pages should look again. */
export const revision = ref('');
export const counts = ref<{ todo: number; visits: number; conflicts: number }>();
/** False after a look that did not reach the server. */
export const reachable = ref(true);

let timer: ReturnType<typeof setTimeout> | undefined;
let supported = true;
let ticks = 0;

async function look(): Promise<void> {
  if (document.hidden || self.value === null || expired.value) return;
  if (!supported) {
    revision.value = `tick-${++ticks}`;
    return;
  }
  try {
    const answer = await client.call(LedgerService.method.getRevision, {}, { timeoutMs: 10_000 });
    revision.value = String(answer.revision);
    counts.value = {
      todo: Number(answer.todoCount),
      visits: Number(answer.visitCount),
      conflicts: Number(answer.conflictCount),
    };
    reachable.value = true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === Code.Unimplemented || error.code === Code.PermissionDenied) supported = false;
    reachable.value = error.reason !== 'NETWORK' && error.reason !== 'TIMEOUT';
  }
}

/** Where changes become known from; for the frame of the pages, which says so to tests. */
export const source = ref<'news' | 'asking'>('asking');
let listening: AbortController | undefined;

/** Now, and from then on again and again. */
export async function watchRevision(): Promise<void> {
  stopListening();
  supported = true;
  const mine = new AbortController();
  listening = mine;
  void listen(mine.signal);
  await turn(mine.signal);
}

async function turn(signal: AbortSignal): Promise<void> {
  clearTimeout(timer);
  await look();
  if (signal.aborted) return;
  clearTimeout(timer);
  timer = setTimeout(() => void turn(signal), !supported ? WITHOUT_REVISION_MS : source.value === 'news' ? WITH_NEWS_MS : EVERY_MS);
}

/** Keeps a stream of news open. Reporters read no space, so there is no news for them. */
async function listen(signal: AbortSignal): Promise<void> {
  let again = AGAIN_FIRST_MS;
  while (!signal.aborted && !isReporter.value) {
    const session = sessionToken();
    const since = Date.now();
    if (session !== null) {
      await readNews({ session, signal, onOpen: () => setSource('news', signal), onNews: () => void look() });
    }
    if (signal.aborted) return;
    setSource('asking', signal);
    // One that lasted was cut; one that ends at once is refused, or another tab has the same session.
    again = Date.now() - since > AGAIN_LAST_MS ? AGAIN_FIRST_MS : Math.min(2 * again, AGAIN_LAST_MS);
    await new Promise((resolve) => setTimeout(resolve, again));
  }
}

function setSource(next: 'news' | 'asking', signal: AbortSignal): void {
  if (signal.aborted || source.value === next) return;
  source.value = next;
  void turn(signal);
}

function stopListening(): void {
  listening?.abort();
  listening = undefined;
  clearTimeout(timer);
  source.value = 'asking';
}

export function stopWatching(): void {
  stopListening();
  counts.value = undefined;
}

/** After something was done here: look at once. */
export function lookNow(): void {
  void look();
}

// A tab that was not seen has not looked.
document.addEventListener('visibilitychange', () => {
  if (listening !== undefined && !document.hidden) void look();
});
