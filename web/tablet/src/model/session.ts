// The state that several pages show: who works here, what is unsent, how the last sync went. Read again after whatever may change it.
import { ref, shallowRef } from 'vue';
import type { GetIdentityResponse } from '@dudao/shared/gen/dudao/client/v1/identity_pb';
import type { SyncFinished } from '@dudao/shared/gen/dudao/client/v1/sync_pb';
import type { GetHomeResponse } from '@dudao/shared/gen/dudao/client/v1/work_pb';
import { api } from '../core/core';
import type { Host } from '../core/host';
import { readRoom } from '../platform/room';

const PLAN_LIMIT = 5;

let held: Host | null = null;
export const home = shallowRef<GetHomeResponse | null>(null);
export const identity = shallowRef<GetIdentityResponse | null>(null);
export const syncing = ref(false);
// Files that the last sync could not send or fetch; they stay queued.
export const filesFailed = ref(0);
// Something was written since `home` was read: it cannot be with the server.
export const written = ref(false);
// Grows when records may have changed under the pages: lists read themselves again.
export const epoch = ref(0);

export function provideHost(host: Host): void {
  held = host;
}

export function host(): Host {
  if (held === null) throw new Error('the core is used before it is there');
  return held;
}

export async function refresh(): Promise<void> {
  void readRoom();
  void host().tendRoom().catch(() => undefined);
  written.value = false;
  identity.value = await host().call(api.getIdentity);
  if (identity.value.enrolled) home.value = await host().call(api.getHome, { planLimit: PLAN_LIMIT });
}

// A sync that the core's worker made by itself.
export function noteSync(finished: SyncFinished): void {
  filesFailed.value = Number(finished.blobsFailed);
  epoch.value += 1;
  refresh().catch(() => undefined);
}

// A second press while one runs waits for the same end.
let running: Promise<SyncFinished> | null = null;

export function sync(includeFiles = true): Promise<SyncFinished> {
  running ??= runSync(includeFiles).finally(() => {
    running = null;
    syncing.value = false;
  });
  return running;
}

async function runSync(includeFiles: boolean): Promise<SyncFinished> {
  syncing.value = true;
  try {
    const finished = await host().sync(includeFiles);
    filesFailed.value = Number(finished.blobsFailed);
    return finished;
  } finally {
    epoch.value += 1;
    await refresh();
  }
}
