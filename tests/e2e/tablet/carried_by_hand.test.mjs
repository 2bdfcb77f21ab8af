// Where no network will come the sealed package is carried to the office; and photos leave the tablet only when the server has confirmed them.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { VILLAGE, addPhotos, noProblems, photo, readyForTheField, startVisit } from './steps.mjs';

let county;
let tablet;
let visit;
let tempNo;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));

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

async function writeAVisit() {
  await startVisit(tablet, 'zdc', VILLAGE, ['p08']);
  visit = tablet.page.url().split('#')[1].split('/').slice(0, 5).join('/');
  tempNo = (await tablet.page.locator('.under .figure-line').first().textContent()).trim();
  await tablet.goStep('photos');
  await addPhotos(tablet, tablet.page.locator('[data-step="photos"]'), [await photo(tablet.page, 1)]);
  await tablet.saved();
}
async function freeSpace() {
  await tablet.page.goto(`${tablet.url}#/sync`);
  await tablet.test('free-space').click();
  await tablet.page.getByRole('button', { name: '清理', exact: true }).click();
}

test('what was written without network reaches the office in a sealed package', { timeout: 300_000 }, async () => {
  county.link.cut();
  await tablet.setOffline(true);
  await writeAVisit();
  await tablet.page.goto(`${tablet.url}#/sync`);
  const [made] = await Promise.all([tablet.page.waitForEvent('download'), tablet.test('export').click()]);
  const path = join(folder, 'carried.package');
  await made.saveAs(path);
  assert.match(made.suggestedFilename(), /^dudao-D2-.*\.package$/);
  await tablet.page.getByText(`已导出 ${made.suggestedFilename()}`).waitFor();
  assert.deepEqual(await county.office('review', 'list'), []);
  await county.office('package', 'import', path);
  const [held] = await county.office('review', 'list');
  assert.equal(held.temp_no, tempNo);
});

test('photos stay until the server has confirmed them', { timeout: 120_000 }, async () => {
  await freeSpace();
  await tablet.page.getByRole('alert').waitFor();
  await tablet.page.goto(`${tablet.url}#${visit}/photos`);
  await tablet.page.locator('[data-photo]').first().click();
  await tablet.page.getByRole('dialog').locator('.frame').waitFor();
  assert.equal(await tablet.page.getByRole('button', { name: '取回' }).count(), 0, 'the full photo is still here');
});

test('and can be fetched again after they have gone', { timeout: 300_000 }, async () => {
  county.link.restore();
  await tablet.setOffline(false);
  await tablet.sync();
  await tablet.page.locator('[data-test="delivery"].good').waitFor();
  await freeSpace();
  await tablet.page.getByText(/已清理 1 个文件/).waitFor();
  await tablet.page.goto(`${tablet.url}#${visit}/photos`);
  await tablet.page.locator('[data-photo]').first().click();
  const fetch = tablet.page.getByRole('dialog').getByRole('button', { name: /取回/ });
  await fetch.click();
  await tablet.sync();
  await tablet.page.goto(`${tablet.url}#${visit}/photos`);
  await tablet.page.locator('[data-photo]').first().click();
  await tablet.page.getByRole('dialog').locator('.frame canvas, .frame img').first().waitFor();
  await fetch.waitFor({ state: 'detached' });
});

test('no page had a problem', () => noProblems(tablet));
