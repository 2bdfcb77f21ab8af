// US-05, the tablet's half: the office asks for a look at a finding; another inspector than its finder answers it without network, with a
// photo, and what he saw stands at the finding.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { VILLAGE, addPhotos, noProblems, photo, readyForTheField } from './steps.mjs';

const FINDING = 'stair';
const PROBLEM = '村委会楼梯扶手破损';
const HOUR_MS = 3600_000;
let county;
let wang;
let reviewer;
let visit;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));

// 李督二 finds it, the lead submits, the office takes it up and the unit answers on paper.
async function findingThatWaits() {
  for (const [file, person] of [['zhang.db', 'p06'], ['li.db', 'p07']]) {
    await county.tablet(file, 'enrol', await county.invitation(person), '--name', file);
    await county.tablet(file, 'sync');
  }
  const [{ temp_no: number }] = await county.tablet('li.db', 'new-visit', VILLAGE, '--inspector', 'p09');
  const from = Date.now();
  const refusal = JSON.stringify({ reason: '负责人外出', witnessIds: ['p07', 'p08'] });
  const finding = [`findings[${FINDING}].problem=${PROBLEM}`, `findings[${FINDING}].owner_unit=${VILLAGE}`, `findings[${FINDING}].level=一般`];
  await county.tablet('li.db', 'edit', number, 'mode=四不两直', 'areas+=grid', `arrived_at_ms=${from}`, `left_at_ms=${from + 6 * HOUR_MS}`, `unit_refusal=${refusal}`, ...finding);
  await county.tablet('li.db', 'sync');
  await county.tablet('zhang.db', 'sync');
  await county.tablet('zhang.db', 'submit', number);
  await county.tablet('zhang.db', 'sync');
  const decide = (...words) => reviewer('review', 'decide-finding', FINDING, ...words);
  const answer = (...words) => reviewer('review', 'answer', FINDING, ...words, '--on-behalf');
  await decide('confirm', '--level', '一般', '--limit', '5wd');
  await decide('issue');
  const today = new Date(Date.now() + 8 * HOUR_MS).toISOString().slice(0, 10);
  await answer('received', '--by', '张镇长');
  await answer('plan', '--measure', '更换扶手', '--person', '李干事', '--date', today);
  await answer('reply', '--result', '已更换', '--date', today);
  return () => decide('look-back', '--team', 'D2', '--date', today);
}

before(async () => {
  county = await County.start(join(folder, 'county'));
  reviewer = await county.signedIn('p21');
  const sendLookBack = await findingThatWaits();
  wang = await Tablet.open(join(folder, 'wang'), county.url);
  await wang.enrol(await county.invitation('p08'));
  await readyForTheField(wang);
  await wang.sync();
  await wang.page.goto(`${wang.url}#/tasks`);
  await wang.page.getByText('没有待办任务。办公室的新任务随同步到达。').waitFor();
  assert.equal(await wang.page.locator('[data-task]').count(), 0, 'nothing is asked yet');
  await sendLookBack();
});
after(async () => {
  await wang?.close();
  await county?.close();
});

test('the task comes with a sync and is there without network', { timeout: 300_000 }, async () => {
  await wang.sync();
  county.link.cut();
  await wang.setOffline(true);
  await wang.close();
  await wang.start();
  await wang.test('sync-card').waitFor();
  await wang.page.goto(`${wang.url}#/tasks`);
  const task = wang.page.locator('[data-task]');
  await task.getByText(PROBLEM, { exact: true }).waitFor();
  assert.equal(await task.count(), 1);
  await wang.shot('look-back-task-zh-light-tablet');
  await task.getByRole('link').first().click();
  await wang.test('start-visit').waitFor();
});

test('it is answered there, with a photo', { timeout: 300_000 }, async () => {
  const { page } = wang;
  // The task led to a new visit of this village.
  await page.locator('[data-person="p09"]:visible').click();
  await wang.test('start-visit').click();
  await page.locator('[data-step]').waitFor();
  visit = page.url().split('#')[1].split('/').slice(0, 5).join('/');
  await wang.goStep('H');
  await page.locator(`[data-add-lookback="${FINDING}"]`).click();
  const entry = page.locator(`[data-lookback="${FINDING}"]`);
  await entry.getByText(PROBLEM).waitFor();
  await entry.getByRole('button', { name: '部分整改', exact: true }).click();
  await entry.locator('button[aria-pressed="true"]').waitFor();
  await entry.locator('textarea').fill('扶手已换，底座未固定');
  await entry.locator('textarea').blur();
  await wang.saved();
  await wang.shot('look-back-zh-light-tablet');
  await wang.goStep('photos');
  await addPhotos(wang, page.locator('[data-step="photos"]'), [await photo(page, 5)]);
  await wang.saved();
  // Leaving the visit cuts the change; killed at once, it is still there.
  await page.goto(`${wang.url}#/home`);
  await wang.test('sync-card').waitFor();
  await wang.kill();
  await wang.start();
  await wang.test('sync-card').waitFor();
  // The office does not know yet; the tablet does.
  assert.equal(await wang.page.locator('a[href="#/lookbacks"]').count(), 0, 'nothing is asked any more');
  await wang.page.goto(`${wang.url}#/tasks`);
  await wang.page.locator('[data-task] [data-test="answered"]').waitFor();
  await wang.page.goto(`${wang.url}#${visit}/H`);
  await wang.page.locator(`[data-lookback="${FINDING}"] button[aria-pressed="true"]`).getByText('部分整改').waitFor();
});

const looks = async () => (await reviewer('review', 'finding', FINDING)).at(-1).look_backs ?? [];

test('after a sync it stands at the finding, with its photo at the visit', { timeout: 300_000 }, async () => {
  assert.deepEqual(await looks(), [], 'nothing before the sync');
  county.link.restore();
  await wang.setOffline(false);
  await wang.sync();
  await wang.page.locator('[data-test="delivery"].good').waitFor();
  const [look] = await looks();
  assert.equal(look.result, 'LOOKBACK_RESULT_PARTLY');
  assert.equal(look.note, '扶手已换，底座未固定');
  assert.equal(look.checker_id, 'p08');
  const [shown] = await reviewer('review', 'show', look.visit_temp_no);
  assert.equal(shown.visit.evidence.length, 1);
});

test('no page had a problem', () => noProblems(wang));
