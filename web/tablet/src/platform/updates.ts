// The service worker as the page sees it: the app is ready for use without network, a new version waits, switch now.
import { ref } from 'vue';
import { flushAll } from '../model/leaving';

export const offlineReady = ref(false);
export const updateReady = ref(false);
// Of the version that is being fetched, 0 to 1; null while none is.
export const fetching = ref<number | null>(null);

const LOOK_EVERY_MS = 30 * 60 * 1000;
let registration: ServiceWorkerRegistration | null = null;
let switching = false;

function watch(worker: ServiceWorker | null): void {
  if (worker === null) return;
  worker.addEventListener('statechange', () => {
    if (worker.state === 'installed') {
      fetching.value = null;
      if (navigator.serviceWorker.controller !== null) updateReady.value = true;
    }
    if (worker.state === 'activated') offlineReady.value = true;
    if (worker.state === 'redundant') fetching.value = null;
  });
}

export async function startUpdates(): Promise<void> {
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return;
  navigator.serviceWorker.addEventListener('message', (event: MessageEvent<{ type?: string; done?: number; total?: number }>) => {
    if (event.data.type === 'install-progress') fetching.value = (event.data.done ?? 0) / (event.data.total ?? 1);
  });
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The first worker takes over a page that it did not serve; there is nothing to load anew then.
    if (switching) window.location.reload();
  });
  registration = await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`, { scope: import.meta.env.BASE_URL, updateViaCache: 'none' });
  offlineReady.value = registration.active !== null;
  if (registration.waiting !== null) updateReady.value = true;
  watch(registration.installing);
  registration.addEventListener('updatefound', () => watch(registration?.installing ?? null));
  window.setInterval(() => void lookForUpdate(), LOOK_EVERY_MS);
}

export async function lookForUpdate(): Promise<void> {
  await registration?.update().catch(() => undefined);
}

// Not before everything typed is with the core.
export async function switchVersion(): Promise<void> {
  await flushAll();
  if (registration?.waiting === null || registration === null) return window.location.reload();
  switching = true;
  registration.waiting.postMessage({ type: 'switch' });
}

// So that the browser does not clear the database when the disk gets full.
export async function askToKeep(): Promise<boolean> {
  try {
    return (await navigator.storage.persisted()) || (await navigator.storage.persist());
  } catch {
    return false;
  }
}
