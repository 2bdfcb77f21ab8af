// Notices that something changed, so that open lists look again: asks the server for its revision every few seconds while
// the tab is seen.
import { LedgerService } from '@dudao/shared/gen/dudao/review/v1/ledger_pb';
import { ApiError, Code } from '@dudao/shared/transport';
import { ref } from 'vue';

import { client, expired, self } from './session';

const EVERY_MS = 5000;
const WITHOUT_REVISION_MS = 20_000;

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

/** Now, and from then on again and again. */
export async function watchRevision(): Promise<void> {
  clearTimeout(timer);
  supported = true;
  await turn();
}

async function turn(): Promise<void> {
  await look();
  timer = setTimeout(() => void turn(), supported ? EVERY_MS : WITHOUT_REVISION_MS);
}

export function stopWatching(): void {
  clearTimeout(timer);
  counts.value = undefined;
}

/** After something was done here: look at once. */
export function lookNow(): void {
  void look();
}
