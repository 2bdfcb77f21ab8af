// A tablet whose storage fills up, by the browser's own quota: it warns before it hurts, says what to do where it hurts, keeps all that it
// called saved, and goes on when there is room.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { VILLAGE, addPhotos, noProblems, photo, readyForTheField, startVisit } from './steps.mjs';

const MIB = 1024 * 1024;
// The browser grants a file room ahead of what is written; so many large photos are more than that.
const PHOTOS_MAX = 24;
let county;
let tablet;
let visit;
let kept = 0;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));

before(async () => {
  county = await County.start(join(folder, 'county'));
  tablet = await Tablet.open(join(folder, 'li'), county.url);
  await tablet.enrol(await county.invitation('p07'));
  await readyForTheField(tablet);
  await tablet.page.evaluate(() => localStorage.setItem('dudao-tablet-photo-size', 'original'));
  await tablet.page.reload();
  await tablet.test('sync-card').waitFor();
});
after(async () => {
  await tablet?.close();
  await county?.close();
});

// So many bytes are left; without a number, as many as there are.
let tools;
async function leave(bytes) {
  tools ??= await tablet.context.newCDPSession(tablet.page);
  const origin = new URL(tablet.url).origin;
  if (bytes === undefined) return tools.send('Storage.overrideQuotaForOrigin', { origin });
  const { usage } = await tools.send('Storage.getUsageAndQuota', { origin });
  return tools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + bytes });
}
// What the browser says is left. Newer ones tell a page ten gigabytes whatever there is: the warning is for those that tell the truth.
const tell = (bytes) =>
  tablet.page.evaluate((left) => {
    if (left === undefined) delete navigator.storage.estimate;
    else navigator.storage.estimate = () => Promise.resolve({ usage: 2 ** 30, quota: 2 ** 30 + left });
  }, bytes);
const strip = () => tablet.page.locator('[data-step="photos"]');

test('it warns while there still is room', { timeout: 300_000 }, async () => {
  await startVisit(tablet, 'zdc', VILLAGE, ['p08']);
  visit = tablet.page.url().split('#')[1].split('/').slice(0, 5).join('/');
  await tablet.goStep('photos');
  await addPhotos(tablet, strip(), [await photo(tablet.page, 1)]);
  kept = 1;
  assert.equal(await tablet.test('room-low').count(), 0, 'no warning without need');
  await tell(40 * MIB);
  await addPhotos(tablet, strip(), [await photo(tablet.page, 2)]);
  kept = 2;
  await tablet.test('room-low').getByText('40').waitFor();
  assert.match(await tablet.test('room-low').textContent(), /请同步后清理/);
  await tablet.shot('room-low-zh-light-tablet');
});

test('what finds no room is said with what to do', { timeout: 300_000 }, async () => {
  await leave(0);
  const refusal = strip().getByRole('alert').getByText('存储空间已满');
  for (let seed = 3; (await refusal.count()) === 0; seed += 1) {
    assert.ok(seed < PHOTOS_MAX, 'the storage never became full');
    await strip().locator('[data-test="photo-input"]').setInputFiles(await photo(tablet.page, seed, 3000, 2200));
    await strip().locator('[data-photo]').nth(kept).or(refusal).first().waitFor();
    kept = await strip().locator('[data-photo]').count();
  }
  assert.match(await refusal.textContent(), /清理空间/);
  await tablet.shot('room-none-zh-light-tablet');
});

test('nor does it start without any room, says why, and has everything when there is some', { timeout: 300_000 }, async () => {
  await tablet.page.reload();
  await tablet.page.getByText('存储空间已满').waitFor();
  await tablet.shot('room-none-start-zh-light-tablet');
  await leave();
  await tell();
  await tablet.page.getByRole('button', { name: '重新打开' }).click();
  await strip().locator('[data-photo]').nth(kept - 1).waitFor();
  assert.equal(await strip().locator('[data-photo]').count(), kept, 'all that were shown, and none that was refused');
});

test('with room again all goes on, and everything reaches the server', { timeout: 300_000 }, async () => {
  await addPhotos(tablet, strip(), [await photo(tablet.page, PHOTOS_MAX)]);
  kept += 1;
  assert.equal(await tablet.test('room-low').count(), 0);
  await tablet.goStep('head');
  await tablet.page.locator('[data-path="note"]').fill('清理后继续');
  await tablet.saved();
  await tablet.sync();
  await tablet.page.locator('[data-test="delivery"].good').waitFor();
  const [held] = await county.office('review', 'list');
  const [shown] = await county.office('review', 'show', held.temp_no);
  assert.equal(shown.visit.note, '清理后继续');
  assert.equal(shown.visit.evidence.length, kept);
});

test('no page had a problem', () => noProblems(tablet));
