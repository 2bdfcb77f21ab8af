// The client core in Chromium against a real server: enrolment, sync over gRPC-Web, the PIN, and what destroys the key.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Browser, on } from './browser.mjs';
import { Server } from './server.mjs';

const work = join(process.env.DUDAO_PAGE, '..');
const PIN = '135790';
let server;
let browser;
before(async () => {
  for (const name of ['server', 'profile-sync']) rmSync(join(work, name), { recursive: true, force: true });
  server = await Server.start(join(work, 'server'), process.env.DUDAO_PAGE);
  browser = await Browser.start(join(work, 'profile-sync'));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function opened() {
  for (const page of browser.context.pages().slice(1)) await page.close();
  const page = await browser.open(server.url);
  return { page, state: await on(page, 'start', { personId: '' }) };
}

test('Enrols, sends what was written, and says so', async () => {
  const { page, state } = await opened();
  assert.equal(state.name, 'ready');
  assert.deepEqual(await on(page, 'enrol', await server.code('p06')), { value: true, reason: '', code: 0, textZh: '' });
  assert.deepEqual((await on(page, 'sync', false)).value, { ok: true, reason: '' });
  const { space } = await on(page, 'who');
  const { form } = await on(page, 'create', space);
  await on(page, 'type', form, '在网页上写的');
  assert.equal((await on(page, 'save', form)).value, true);
  const synced = await on(page, 'sync', true);
  assert.deepEqual(synced.value, { ok: true, reason: '' });
  assert.deepEqual(await on(page, 'report', space), { equal: true, records: 1, held: 1, unsent: '0' });
});

test('Goes on with typing while a sync runs, and while the server is away', async (t) => {
  const { page } = await opened();
  const { space } = await on(page, 'who');
  for (let i = 0; i < 30; i++) await on(page, 'create', space);
  const { form } = await on(page, 'create', space);
  const latencies = await on(page, 'typeDuringSync', form);
  assert.ok(latencies.ok, latencies.why);
  const figures = await on(page, 'figures');
  t.diagnostic(`autosaves during a sync of 30 records: ${latencies.count}, slowest ${latencies.slowestMs.toFixed(1)} ms; longest step of the sync ${figures.longestSyncCallMs.toFixed(1)} ms (${figures.longestSyncCallMethod})`);
  await server.stop();
  const away = await on(page, 'sync', false);
  assert.equal(away.value.ok, false, JSON.stringify(away));
  assert.equal((await on(page, 'type', form, '没有网络')).reason, '');
  await server.serve();
  assert.equal((await on(page, 'sync', false)).value.ok, true);
});

test('Asks for the PIN, counts wrong ones, and opens with the right one', async () => {
  const { page } = await opened();
  assert.equal((await on(page, 'setPin', '', PIN, 5)).reason, '');
  const again = await opened();
  assert.deepEqual({ name: again.state.name, reason: again.state.reason }, { name: 'pin-needed', reason: '' });
  const wrong = await on(again.page, 'unlock', '000000');
  assert.equal(wrong.reason, 'PIN_WRONG');
  assert.match(wrong.textZh, /4/);
  // The count outlives the page.
  const third = await opened();
  assert.match((await on(third.page, 'unlock', '111111')).textZh, /3/);
  assert.equal((await on(third.page, 'state')).name, 'pin-needed');
  assert.equal((await on(third.page, 'unlock', PIN)).reason, '');
  assert.equal((await on(third.page, 'state')).name, 'ready');
  assert.equal((await on(third.page, 'setPin', PIN, '', 0)).reason, '');
});

test('Destroys the key of a revoked tablet at the next contact', async () => {
  const { page } = await opened();
  const { device } = await on(page, 'who');
  await server.office('device', 'revoke', device, '--reason', '丢失');
  await on(page, 'sync', false);
  await on(page, 'until', 'destroyed');
  assert.equal((await on(page, 'state')).reason, 'KEY_DESTROYED');
  assert.equal((await opened()).state.name, 'destroyed');
});
