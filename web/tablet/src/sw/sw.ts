// The service worker: the app starts from its cache, with the server dead and no network. A version is fetched whole, each file held
// against its hash, and only then installed; it takes over when the person says so. What people typed is not here but in the core's
// database, which no version of this file touches.
export {};

declare const self: ServiceWorkerGlobalScope;
// Put in front of this file by build/installable.ts.
declare const BUILD: { version: string; files: { path: string; sha256: string }[] };

const PREFIX = 'dudao-tablet-';
const CACHE = PREFIX + BUILD.version;
const SCOPE = new URL('./', self.location.href);
const urlOf = (path: string) => new URL(path, SCOPE).href;
const known = new Set(BUILD.files.map((file) => urlOf(file.path)));

async function isIntact(response: Response, sha256: string): Promise<boolean> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await response.clone().arrayBuffer()));
  return btoa(String.fromCharCode(...digest)) === sha256;
}

// From an older version's cache where nothing changed in it: the module of 2 MB is not sent again for a new text.
async function obtain(path: string, sha256: string): Promise<Response> {
  const held = await caches.match(urlOf(path));
  if (held && (await isIntact(held, sha256))) return held;
  const response = await fetch(urlOf(path), { cache: 'no-cache', credentials: 'same-origin' });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  if (!(await isIntact(response, sha256))) throw new Error(`${path}: not of this version`);
  return response;
}

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  let done = 0;
  for (const file of BUILD.files) {
    if (!(await cache.match(urlOf(file.path)))) await cache.put(urlOf(file.path), await obtain(file.path, file.sha256));
    done += 1;
    await tell({ type: 'install-progress', done, total: BUILD.files.length });
  }
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

async function tell(message: unknown): Promise<void> {
  for (const client of await self.clients.matchAll({ includeUncontrolled: true, type: 'window' })) client.postMessage(message);
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const wanted = request.mode === 'navigate' ? urlOf('index.html') : request.url.split(/[?#]/)[0] ?? request.url;
  return (await cache.match(wanted)) ?? fetch(request);
}

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('message', (event) => {
  if ((event.data as { type?: string } | null)?.type === 'switch') event.waitUntil(self.skipWaiting());
  if ((event.data as { type?: string } | null)?.type === 'version') event.ports[0]?.postMessage(BUILD.version);
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(SCOPE.href)) return;
  if (request.mode === 'navigate' || known.has(request.url.split(/[?#]/)[0] ?? '')) event.respondWith(answer(request));
});
