// US-01: a full day without network, in a real browser with the real core. docs/tablet.md.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { VILLAGE, addPhotos, answerAll, digest, fillHeader, keepOriginals, largePhoto, noProblems, readyForTheField, startVisit } from './steps.mjs';

const PHOTOS = 6;
// Of one photo: more than what may pass beside, so that one which is begun anew is seen.
const PHOTO_BYTES = 1024 * 1024;
// What may pass beside the photos: records, thumbnails, headers, and the piece that was on its way when the link broke.
const BESIDE_BYTES = 600 * 1024;
// A sync with nothing to send: one small call a space, one to confirm.
const NOTHING_BYTES = 16 * 1024;

let county;
let tablet;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));

before(async () => {
  county = await County.start(join(folder, 'county'));
  tablet = await Tablet.open(join(folder, 'li'), county.url);
  await keepOriginals(tablet.page);
  await tablet.page.reload();
});
after(async () => {
  await tablet?.close();
  await county?.close();
});

test('a day without network loses nothing, and sends each byte once', { timeout: 600_000 }, async (t) => {
  const { page } = tablet;
  await t.test('enrols at the office, with the picture’s text, and says whose server it is', async () => {
    await tablet.shot('enrol-zh-light-tablet');
    await page.locator('[data-path="code"]').fill(await county.invitation('p07'));
    await tablet.test('enrol').click();
    assert.match(await tablet.test('fingerprint').textContent(), /^[0-9a-f]{16}$/);
    await tablet.test('begin').click();
    await tablet.test('sync-card').waitFor();
    await readyForTheField(tablet);
  });

  // Flight mode first: the first sync by itself comes within two seconds of the enrolment, and must not find the link cut but not yet
  // the device.
  await tablet.setOffline(true);
  county.link.cut();
  const no = ['A3', 'B3', 'D3'];
  const photos = [];
  let visit;

  await t.test('starts a visit to 翟东村 found by its initials', async () => {
    await startVisit(tablet, 'zdc', VILLAGE, ['p08']);
    visit = page.url().split('#')[1];
    assert.match(await page.locator('.under').textContent(), /D2-\d{4}-01/);
    await fillHeader(tablet);
  });

  await t.test('answers the form; each 否 opens a finding that is filled in; photos', async () => {
    let count = 0;
    const answered = await answerAll(tablet, no, async (code) => {
      const panel = page.locator('[role="dialog"]:visible');
      assert.match(await panel.textContent(), new RegExp(code));
      await panel.locator('[data-path$=".problem"]').fill(`${code} 的问题：现场与台账不符`);
      await panel.getByRole('button', { name: '一般', exact: true }).click();
      await panel.locator('[data-test="deadline"]').waitFor();
      const files = [];
      for (let i = 0; i < PHOTOS / no.length; i += 1) files.push(await largePhoto(page, ++count, PHOTO_BYTES));
      photos.push(...files);
      await addPhotos(tablet, panel, files);
      if (code === 'B3') await tablet.shot('finding-zh-light-tablet');
      await panel.locator('[data-test="finding-done"]').click();
      await panel.waitFor({ state: 'hidden' });
    });
    assert.ok(answered.length >= 12, `${answered.length} items answered`);
    await page.locator('[data-go="B"]:visible').click();
    await page.locator('[data-path="check_extras[B5.count].number"]').fill('2');
    await tablet.saved();
    await tablet.shot('form-zh-light-tablet');
  });

  let acknowledged = '';
  await t.test('survives that the battery is pulled while the second finding is typed', async () => {
    await tablet.goStep('findings');
    await page.locator('[data-test="findings"] [data-finding]').nth(1).click();
    const problem = page.locator('[data-path$=".problem"]:visible');
    await problem.fill('村委会公示栏九月未更新');
    await page.locator('[role="dialog"]:visible [data-test="saved-mark"][data-state="saved"]').waitFor();
    acknowledged = '村委会公示栏九月未更新';
    await problem.pressSequentially('，资金去向');
    await tablet.kill();
    await tablet.start();
    await tablet.page.goto(`${tablet.url}#${visit}/findings`);
    await tablet.page.locator('[data-test="findings"] [data-finding]').nth(1).click();
    const typed = await tablet.page.locator('[data-path$=".problem"]:visible').inputValue();
    assert.ok(typed.startsWith(acknowledged), `lost: ${acknowledged} became ${typed}`);
    await tablet.page.locator('[data-test="finding-done"]:visible').click();
  });

  await t.test('and that the page is loaded anew meanwhile', async () => {
    const { page: fresh } = tablet;
    await tablet.goStep('head');
    const note = fresh.locator('[data-path="note"]');
    await note.fill('上午有雨');
    await tablet.saved();
    await note.pressSequentially('，下午');
    await fresh.reload();
    await fresh.locator('[data-step="head"]').waitFor();
    const typed = await note.inputValue();
    assert.ok(typed.startsWith('上午有雨'), `lost: 上午有雨 became ${typed}`);
  });

  await t.test('records that the contact will not sign, with two witnesses', async () => {
    await tablet.goStep('feedback');
    await tablet.test('refuse').click();
    await tablet.page.locator('[data-path="refusal-reason"]').fill('对等级有异议');
    await tablet.page.locator('[data-witness="p07"]').click();
    await tablet.page.locator('[data-witness="p08"]').click();
    await tablet.test('refuse-done').click();
    await tablet.test('refusal').waitFor();
    await tablet.goStep('submit');
    await tablet.shot('submit-zh-light-tablet');
  });

  await t.test('nothing left the device until now', () => {
    // The browser itself looks for a newer service worker when it starts; a device in flight mode cannot.
    assert.deepEqual(county.link.asked.filter((line) => line !== 'GET /tablet/sw.js HTTP/1.1'), []);
  });

  await t.test('syncs over a link that breaks at half of the photos; each byte goes once', async () => {
    const bytes = photos.reduce((sum, file) => sum + file.buffer.length, 0);
    county.link.restore();
    await tablet.setOffline(false);
    const before = county.link.up;
    county.link.cutAfter = before + bytes / 2;
    await tablet.sync();
    assert.ok(county.link.down, 'the link broke');
    await tablet.test('sync-error').waitFor();
    await tablet.shot('sync-broken-zh-light-tablet');
    county.link.restore();
    await tablet.sync();
    await tablet.page.locator('[data-test="delivery"].good').waitFor();
    t.diagnostic(`${county.link.up - before} bytes for ${bytes} of photos`);
    assert.ok(county.link.up - before < bytes + BESIDE_BYTES, `${county.link.up - before} bytes for ${bytes} of photos`);
    await tablet.shot('sync-done-zh-light-tablet');
  });

  await t.test('a second sync sends nothing', async () => {
    const before = county.link.up;
    await tablet.sync();
    assert.ok(county.link.up - before < NOTHING_BYTES, `${county.link.up - before} bytes`);
  });

  await t.test('server, this tablet and another one hold the same', async () => {
    await county.tablet('wang.db', 'enrol', await county.invitation('p08'), '--name', 'wang');
    await county.tablet('wang.db', 'sync');
    const status = (await county.tablet('wang.db', 'status')).at(-1);
    const team = status.spaces.find((space) => space.space !== 'office');
    assert.equal(await digest(tablet), team.digest);
    const [shown] = await county.tablet('wang.db', 'list');
    const [{ visit: held }] = await county.tablet('wang.db', 'show', shown.temp_no);
    assert.equal(held.evidence.length, PHOTOS);
    assert.equal(held.findings.length, no.length);
    assert.deepEqual(held.unit_refusal.witness_ids.sort(), ['p07', 'p08']);
  });
  noProblems(tablet);
});
