// US-02 (a finding begins as 一般 here, so 李督二 sets 立行立改): two inspectors work on one visit without network; whatever the order of their syncs, all end with the same, and nothing is dropped.
// The team lead's tablet is a native one: the same core, the other build.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Tablet, PHONE } from './browser.mjs';
import { County } from './county.mjs';
import { VILLAGE, addPhotos, digest, noProblems, photo, readyForTheField, startVisit } from './steps.mjs';

let county;
let li;
let wang;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));

before(async () => {
  county = await County.start(join(folder, 'county'));
  li = await Tablet.open(join(folder, 'li'), county.url);
  wang = await Tablet.open(join(folder, 'wang'), county.url, { viewport: PHONE });
  await li.enrol(await county.invitation('p07'));
  await wang.enrol(await county.invitation('p08'));
  await county.tablet('zhang.db', 'enrol', await county.invitation('p06'), '--name', 'zhang');
  for (const tablet of [li, wang]) await readyForTheField(tablet);
});
after(async () => {
  await li?.close();
  await wang?.close();
  await county?.close();
});

async function openFinding(tablet, visit) {
  await tablet.page.goto(`${tablet.url}#${visit}/findings`);
  await tablet.page.locator('[data-test="findings"] [data-finding]').first().click();
  return tablet.page.locator('[role="dialog"]:visible');
}

async function workOn(tablet, visit, { level, photos, note, another }) {
  const panel = await openFinding(tablet, visit);
  await panel.getByRole('button', { name: level, exact: true }).click();
  await panel.locator('[data-test="saved-mark"][data-state="saved"]').waitFor();
  await addPhotos(tablet, panel, photos);
  await panel.locator('[data-test="finding-done"]').click();
  await panel.waitFor({ state: 'hidden' });
  if (another) {
    await tablet.test('add-finding').click();
    await tablet.page.locator('[data-path$=".problem"]:visible').fill('楼梯扶手损坏');
    await tablet.page.locator('[data-test="finding-done"]:visible').click();
  }
  await tablet.goStep('head');
  await tablet.page.locator('[data-path="note"]').fill(note);
  await tablet.page.locator('[data-path="note"]').blur();
  await tablet.saved();
  // Leaving the visit cuts the change.
  await tablet.page.goto(`${tablet.url}#/home`);
  await tablet.test('sync-card').waitFor();
}

for (const [index, first] of ['li', 'wang'].entries()) {
  test(`both values stay, and one tap settles it for everybody; ${first} syncs first`, { timeout: 600_000 }, async () => {
    const unit = index === 0 ? VILLAGE : '140824103201';
    await startVisit(li, unit, unit, ['p08']);
    const visit = li.page.url().split('#')[1];
    await li.goStep('findings');
    await li.test('add-finding').click();
    await li.page.locator('[data-path$=".problem"]:visible').fill('公示栏未更新');
    await li.page.locator('[data-test="finding-done"]:visible').click();
    await li.sync();
    await wang.sync();

    county.link.cut();
    for (const tablet of [li, wang]) await tablet.setOffline(true);
    await workOn(li, visit, { level: '立行立改', photos: [await photo(li.page, 10 + index), await photo(li.page, 20 + index)], note: '上午有雨' });
    await workOn(wang, visit, { level: '较重', photos: [await photo(wang.page, 30 + index)], note: '下午放晴', another: true });
    county.link.restore();
    for (const tablet of [li, wang]) await tablet.setOffline(false);

    const [a, b] = first === 'li' ? [li, wang] : [wang, li];
    for (const tablet of [a, b, a]) await tablet.sync();
    assert.equal(await digest(li), await digest(wang));
    await county.tablet('zhang.db', 'sync');

    await li.page.goto(`${li.url}#/conflicts`);
    const level = li.page.locator('[data-conflict$=".level"]');
    await level.waitFor();
    const text = await level.textContent();
    for (const word of ['立行立改', '较重', '李督二', '王督三']) assert.ok(text.includes(word), `${word} in: ${text}`);
    const note = await li.page.locator('[data-conflict="note"]').textContent();
    for (const word of ['上午有雨', '下午放晴']) assert.ok(note.includes(word), `${word} in: ${note}`);
    if (index === 0) {
      await li.shot('conflicts-zh-light-tablet');
      await wang.page.goto(`${wang.url}#/conflicts`);
      await wang.page.locator('[data-conflict="note"]').waitFor();
      await wang.shot('conflicts-zh-light-phone');
    }
    const { visit: merged } = (await county.tablet('zhang.db', 'show', await tempNo(visit)))[0];
    assert.equal(merged.evidence.length, 3);
    assert.equal(merged.findings.length, 2);

    // One tap on one tablet, one command on another.
    await li.page.goto(`${li.url}#/conflicts`);
    await level.getByRole('button').last().click();
    await level.waitFor({ state: 'detached' });
    await county.tablet('zhang.db', 'resolve', await tempNo(visit), 'note', '1');
    await li.sync();
    await county.tablet('zhang.db', 'sync');
    await li.sync();
    await wang.sync();
    assert.equal(await digest(li), await digest(wang));
    await wang.page.goto(`${wang.url}#/conflicts`);
    await wang.page.getByText('没有分歧').waitFor();
  });
}

async function tempNo(visit) {
  await li.page.goto(`${li.url}#${visit}/head`);
  await li.page.locator('[data-step="head"]').waitFor();
  return (await li.page.locator('.under .figure-line').first().textContent()).trim();
}

test('no page had a problem', () => noProblems(li, wang));
