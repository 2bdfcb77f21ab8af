// A tablet whose storage fills up, by the browser's own quota: texts are saved on the room that was held back, photos are refused with what
// to do, nothing that was called saved is lost, and all goes on when there is room.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { Quota } from './quota.mjs';
import { VILLAGE, addPhotos, keepOriginals, largePhoto, noProblems, photo, readyForTheField, startVisit } from './steps.mjs';

const MIB = 1024 * 1024;
const PHOTOS_MAX = 40;
const PHOTO_BYTES = 3 * MIB;
// Removed later they leave room for others.
const PHOTOS_FIRST = 7;
const RESERVE = 'dudao.room';
let county;
let tablet;
let visit;
let quota;
let kept = 0;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));

before(async () => {
  county = await County.start(join(folder, 'county'));
  tablet = await Tablet.open(join(folder, 'li'), county.url);
  quota = await Quota.of(tablet);
  await tablet.enrol(await county.invitation('p07'));
  await readyForTheField(tablet);
  await keepOriginals(tablet.page);
  await tablet.page.reload();
  await tablet.test('sync-card').waitFor();
});
after(async () => {
  await tablet?.close();
  await county?.close();
});

const reserveHeld = () => tablet.page.waitForFunction(async (name) => (await (await (await (await navigator.storage.getDirectory()).getDirectoryHandle('dudao')).getFileHandle(name)).getFile()).size > 0, RESERVE);
const openVisit = async (step) => {
  await tablet.page.goto(`${tablet.url}#${visit}/${step}`);
  await tablet.page.locator(`[data-step="${step}"]`).waitFor();
};
const strip = () => tablet.page.locator('[data-step="photos"]');
const note = () => tablet.page.locator('[data-path="note"]');
const short = () => tablet.test('room-low').getByText('文字照常保存');
async function write(text) {
  await note().fill(text);
  await tablet.saved();
}
const large = (seed) => largePhoto(tablet.page, seed, PHOTO_BYTES);
async function refusedPhoto(seed) {
  await strip().locator('[data-test="photo-input"]').setInputFiles(await photo(tablet.page, seed));
  assert.match(await strip().getByRole('alert').textContent(), /照片没有保存.*文字照常保存.*清理/);
  assert.equal(await strip().locator('[data-photo]').count(), kept);
}

test('a write that meets the quota is done on what was held back; from then on photos are refused, with what to do', { timeout: 300_000 }, async () => {
  await reserveHeld();
  await startVisit(tablet, 'zdc', VILLAGE, ['p08']);
  visit = tablet.page.url().split('#')[1].split('/').slice(0, 5).join('/');
  await tablet.goStep('photos');
  for (; kept < PHOTOS_FIRST; kept += 1) await addPhotos(tablet, strip(), [await large(kept)]);
  assert.equal(await tablet.test('room-low').count(), 0, 'no warning without need');
  await quota.leave(0);
  const refusal = strip().getByRole('alert');
  for (let seed = kept; (await refusal.count()) === 0; seed += 1) {
    assert.ok(seed < PHOTOS_MAX, 'the storage never became full');
    await strip().locator('[data-test="photo-input"]').setInputFiles(await large(seed));
    await strip().locator('[data-photo]').nth(kept).or(refusal).first().waitFor();
    kept = await strip().locator('[data-photo]').count();
  }
  await short().waitFor();
  await refusedPhoto(PHOTOS_MAX);
  await tablet.shot('room-short-zh-light-tablet');
});

test('texts go on being saved, and everything reaches the server', { timeout: 300_000 }, async () => {
  await tablet.goStep('head');
  await write('没有空间也要写');
  await tablet.sync();
  await tablet.page.locator('[data-test="delivery"].good').waitFor();
  await short().waitFor();
  const [held] = await county.office('review', 'list');
  const [shown] = await county.office('review', 'show', held.temp_no);
  assert.equal(shown.visit.note, '没有空间也要写');
  assert.equal(shown.visit.evidence.length, kept);
});

test('with room again the reserve is taken again', { timeout: 300_000 }, async () => {
  await quota.leave();
  await tablet.sync();
  await tablet.test('room-low').waitFor({ state: 'detached' });
  await reserveHeld();
});

test('the app starts where others have taken all room, by what it held back', { timeout: 300_000 }, async () => {
  await quota.endApp();
  await quota.leave(-2 * MIB);
  await openVisit('head');
  await write('开机时没有空间');
  await short().waitFor();
  await tablet.goStep('photos');
  assert.equal(await strip().locator('[data-photo]').count(), kept);
  await refusedPhoto(PHOTOS_MAX + 1);
});

test('removing photos that are sent makes room for new ones', { timeout: 300_000 }, async () => {
  await tablet.sync();
  await tablet.page.locator('[data-test="delivery"].good').waitFor();
  await tablet.test('free-space').click();
  await tablet.page.getByRole('dialog').getByRole('button', { name: '清理' }).click();
  await tablet.page.getByText('已清理').waitFor();
  await tablet.test('room-low').waitFor({ state: 'detached' });
  await openVisit('photos');
  await addPhotos(tablet, strip(), [await photo(tablet.page, PHOTOS_MAX + 2)]);
  kept += 1;
});

test('where nothing is held back either nothing typed is lost: it stays in its field, with what to do', { timeout: 300_000 }, async () => {
  await quota.endApp();
  await quota.leave(-64 * MIB);
  await openVisit('photos');
  assert.equal(await strip().locator('[data-photo]').count(), kept);
  await openVisit('head');
  await note().fill('写满了也不丢');
  const alert = tablet.page.getByRole('alert').filter({ hasText: '存储空间已满' });
  assert.match(await alert.textContent(), /未保存.*清理空间/);
  assert.equal(await note().inputValue(), '写满了也不丢');
  await tablet.page.locator('[data-test="saved-mark"][data-state="failed"]:visible').waitFor();
  await tablet.shot('room-none-zh-light-tablet');
  // Whoever looks how to make room finds it again.
  await tablet.page.goto(`${tablet.url}#/sync`);
  await tablet.test('free-space').waitFor();
  await openVisit('head');
  await alert.waitFor();
  await quota.leave();
  await tablet.page.getByRole('button', { name: '重试保存' }).click();
  await tablet.saved();
  await tablet.page.reload();
  await tablet.page.locator('[data-step="head"]').waitFor();
  assert.equal(await note().inputValue(), '写满了也不丢');
});

test('no page had a problem', () => noProblems(tablet));
