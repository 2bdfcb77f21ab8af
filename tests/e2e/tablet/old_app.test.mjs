// An app that a newer server no longer takes: it says so and what to do, goes on working, and loses nothing.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { VILLAGE, noProblems, readyForTheField, startVisit } from './steps.mjs';

const FAILED_PRECONDITION = 9;
let county;
let tablet;
let visit;
let asked = 0;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));

// google.rpc.Status with one ErrorInfo, as the server writes it; every part is shorter than 128 bytes.
const part = (number, bytes) => Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
function status(reason) {
  const info = Buffer.concat([part(1, Buffer.from(reason)), part(2, Buffer.from('dudao'))]);
  const any = Buffer.concat([part(1, Buffer.from('type.googleapis.com/google.rpc.ErrorInfo')), part(2, info)]);
  return Buffer.concat([Buffer.from([0x08, FAILED_PRECONDITION]), part(2, Buffer.from(reason)), part(3, any)]).toString('base64').replace(/=+$/, '');
}
const EXCHANGE = /\/dudao\.sync\.v1\.SyncService\//;
const refuse = (route) => {
  asked += 1;
  return route.fulfill({ status: 200, headers: { 'content-type': 'application/grpc-web+proto', 'grpc-status': String(FAILED_PRECONDITION), 'grpc-message': 'PROTOCOL_TOO_OLD', 'grpc-status-details-bin': status('PROTOCOL_TOO_OLD') }, body: '' });
};

before(async () => {
  county = await County.start(join(folder, 'county'));
  tablet = await Tablet.open(join(folder, 'li'), county.url);
  await tablet.enrol(await county.invitation('p07'));
  await readyForTheField(tablet);
});
after(async () => {
  await tablet?.close();
  await county?.close();
});

async function typeNote(text) {
  await tablet.page.locator('[data-path="note"]').fill(text);
  await tablet.saved();
}
const noteOf = async () => {
  await tablet.page.goto(`${tablet.url}#${visit}`);
  return tablet.page.locator('[data-path="note"]').inputValue();
};

test('the sync says to update, and that nothing is lost', { timeout: 300_000 }, async () => {
  await tablet.context.route(EXCHANGE, refuse);
  await startVisit(tablet, 'zdc', VILLAGE, ['p08']);
  visit = tablet.page.url().split('#')[1];
  await typeNote('旧版本写的');
  await tablet.sync();
  const said = await tablet.test('sync-error').textContent();
  assert.ok(asked > 0, 'the server was asked');
  for (const words of ['应用版本过旧', '请更新应用', '没有丢失']) assert.ok(said.includes(words), `${words} in: ${said}`);
  await tablet.test('update-look').waitFor();
  await tablet.shot('too-old-zh-light-tablet');
  await tablet.test('update-look').click();
  assert.equal(await tablet.test('destroyed').count(), 0);
  assert.deepEqual(await county.office('review', 'list'), [], 'nothing got through');
});

test('it goes on working, without network too, and keeps everything over a restart', { timeout: 300_000 }, async () => {
  assert.equal(await noteOf(), '旧版本写的');
  await tablet.setOffline(true);
  await typeNote('旧版本写的，离线又加一句');
  await tablet.close();
  await tablet.start();
  await tablet.test('sync-card').waitFor();
  await tablet.test('sync-error').waitFor();
  assert.equal(await noteOf(), '旧版本写的，离线又加一句');
});

test('once it is taken again everything arrives', { timeout: 300_000 }, async () => {
  await tablet.setOffline(false);
  await tablet.sync();
  await tablet.page.locator('[data-test="delivery"].good').waitFor();
  assert.equal(await tablet.test('sync-error').count(), 0);
  assert.equal(await tablet.test('update-look').count(), 0);
  const [held] = await county.office('review', 'list');
  const [shown] = await county.office('review', 'show', held.temp_no);
  assert.equal(shown.visit.note, '旧版本写的，离线又加一句');
});

test('no page had a problem', () => noProblems(tablet));
