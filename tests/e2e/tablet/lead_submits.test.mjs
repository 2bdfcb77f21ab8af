// US-03 and what the office sends back: the lead completes and submits; after that there are only supplements; the board counts; a returned
// visit comes as a task.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { VILLAGE, answerAll, fillHeader, noProblems, startVisit } from './steps.mjs';

let county;
let zhang;
let visit;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));

before(async () => {
  county = await County.start(join(folder, 'county'));
  zhang = await Tablet.open(join(folder, 'zhang'), county.url);
  await zhang.enrol(await county.invitation('p06'));
});
after(async () => {
  await zhang?.close();
  await county?.close();
});

async function drawSignature() {
  const pad = zhang.test('signature-pad');
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  await zhang.page.mouse.move(box.x + 40, box.y + 100);
  await zhang.page.mouse.down();
  for (let i = 1; i <= 12; i += 1) await zhang.page.mouse.move(box.x + 40 + i * 12, box.y + 100 + (i % 2) * 40);
  await zhang.page.mouse.up();
}
async function sign(who, name) {
  const { page } = zhang;
  await page.locator(`[data-signer="${who}"] [data-test="sign"]`).click();
  const panel = page.locator('[role="dialog"]:visible');
  assert.match(await panel.locator('pre').textContent(), /翟东村/);
  await panel.locator('input').first().fill(name);
  await drawSignature();
  await zhang.shot(`sign-${who}-zh-light-tablet`);
  await panel.locator('[data-test="sign-done"]').click();
  await panel.waitFor({ state: 'hidden' });
}

test('the lead sees what is missing, completes and submits', { timeout: 600_000 }, async () => {
  const { page } = zhang;
  await startVisit(zhang, 'zdc', VILLAGE, ['p07']);
  visit = page.url().split('#')[1];
  await zhang.goStep('submit');
  assert.ok((await page.locator('[data-reason]').count()) > 0, 'an empty visit is not complete');
  assert.ok(await zhang.test('submit').isDisabled());
  assert.doesNotMatch(await zhang.test('issues').textContent(), /[a-z]{2,}/, 'fields have names, not those of the contract');
  await zhang.shot('missing-zh-light-tablet');
  await fillHeader(zhang);
  await answerAll(zhang, [], () => undefined);
  // What is answered by values alone.
  for (const [step, path, value] of [['B', 'check_extras[B5.count].number', '0'], ['C', 'check_extras[C2.income_prev].number', '123456.78'], ['C', 'check_extras[C2.income_ytd].number', '5万'], ['H', 'check_extras[H2.mean].number', '4.5']]) {
    await zhang.goStep(step);
    const field = page.locator(`[data-path="${path}"]`);
    if ((await field.count()) === 0) continue;
    await field.fill(value);
    if (value === '5万') {
      await page.getByText('请填数字，最多两位小数').waitFor();
      await field.fill('50000');
    }
    await zhang.saved();
  }
  await zhang.goStep('feedback');
  await page.locator('[data-path="feedback_points"]').fill('网格台账已核对，未发现突出问题');
  await zhang.saved();
  await sign('unit', '翟会计');
  await page.locator('[data-signer="unit"]').getByText('与现在的内容一致').waitFor();
  await page.locator('[data-path="feedback_points"]').fill('网格台账已核对，公示栏需更新');
  await zhang.saved();
  await page.locator('[data-signer="unit"]').getByText('签字后内容有改动').waitFor();
  await zhang.shot('sign-outdated-zh-light-tablet');
  await sign('unit', '翟会计');
  await sign('lead', '张督一');
  await zhang.goStep('submit');
  await zhang.shot('ready-zh-light-tablet');
  await zhang.test('submit').click();
  await zhang.test('submitted').waitFor();
});

test('after that only a dated supplement is possible', { timeout: 120_000 }, async () => {
  const { page } = zhang;
  await zhang.goStep('head');
  assert.ok(await page.locator('[data-path="note"]').isDisabled());
  await zhang.goStep('submit');
  await page.locator('[data-path="supplement"]').fill('次日电话核实：公示栏已更新');
  await zhang.test('add-supplement').click();
  await page.getByText('次日电话核实').waitFor();
  await zhang.shot('supplement-zh-light-tablet');
});

test('the month board counts the day', { timeout: 120_000 }, async () => {
  await zhang.page.goto(`${zhang.url}#/board`);
  await zhang.page.locator('[data-day]').waitFor();
  assert.match(await zhang.test('board-facts').textContent(), /1 \/ 2 组日/);
  await zhang.shot('board-zh-light-tablet');
});

test('no page had a problem', () => noProblems(zhang));
