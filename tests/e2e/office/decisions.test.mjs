// What reviewers decide, on the records of a whole day of twenty tablets.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { browser, Console } from './console.mjs';
import { County } from './county.mjs';

const PASSWORDS = { p21: 'Quiet-River-8842', p24: 'Silver-Cloud-5520' };
let county, chrome;

before(async () => {
  county = await County.afterScenario('scenario');
  chrome = await browser();
  await county.office('person', 'set', 'p24', '--name', '钱审二', '--role', 'reviewer', '--no-team');
  for (const [person, password] of Object.entries(PASSWORDS)) {
    const office = await Console.open(chrome, county.url);
    await office.signInFirst(person, await county.firstPassword(person), password);
    await office.close();
  }
});
after(async () => {
  await chrome?.close();
  await county?.close();
});

async function inbox(person) {
  const office = await Console.open(chrome, county.url);
  await office.signIn(person, PASSWORDS[person]);
  await office.get('tab-visits').click();
  await office.get('visits').waitFor();
  return office;
}
const numbers = (office) => office.get('visits').locator('tbody tr td:first-child').allInnerTexts();
async function openRow(office, number) {
  await office.get('visits').locator('tbody tr', { hasText: number }).click();
  await office.get('confirm').waitFor();
}

test('the inbox has each submitted visit once, and keys go through it', async () => {
  const office = await inbox('p21');
  const shown = await numbers(office);
  const [list] = await county.office('review', 'list', '--state', 'submitted').catch(() => [undefined]);
  assert.equal(new Set(shown).size, shown.length);
  assert.equal(shown.length, 4, JSON.stringify(list));
  await office.shot('inbox');
  for (const key of ['j', 'j', 'k']) await office.page.keyboard.press(key);
  await office.page.waitForFunction(() => document.activeElement?.closest('tr.at') !== null);
  assert.match(await office.page.locator('tr.at').innerText(), new RegExp(shown[0]));
  await office.page.keyboard.press('Enter');
  await office.get('confirm').waitFor();
  await office.shot('record');
  await office.page.keyboard.press('u');
  await office.get('visits').waitFor();
  await office.close();
});

test('search narrows a list, and says so when nothing is left', async () => {
  const office = await inbox('p21');
  await office.go('/visits');
  const first = await office.get('visits').locator('tbody tr td:nth-child(2)').first().innerText();
  const village = first.split(/\s/)[0];
  await office.field('search').fill(village);
  await office.page.waitForFunction((name) => Array.from(document.querySelectorAll('[data-test="visits"] tbody tr')).every((row) => row.textContent.includes(name)), village);
  await office.field('search').fill('没有这样的地方');
  await office.page.getByText('没有符合条件的内容').waitFor();
  await office.close();
});

test('columns sort the whole list, and from a record the next one of the list is a key away', async () => {
  const office = await inbox('p21');
  await office.go('/visits');
  await office.get('visits').waitFor();
  const head = office.get('visits').getByRole('button', { name: '编号' });
  /** The list as soon as it reads so. */
  const reads = async (expected) => {
    await office.page.waitForFunction(
      (want) => JSON.stringify(Array.from(document.querySelectorAll('[data-test="visits"] tbody tr td:first-child'), (cell) => cell.innerText)) === want,
      JSON.stringify(expected),
    );
  };
  const newest = await numbers(office);
  const up = [...newest].sort();
  assert.ok(up.length > 5 && JSON.stringify(up) !== JSON.stringify(newest));
  await head.click();
  await reads(up);
  await head.click();
  await reads([...up].reverse());
  assert.match(await head.getAttribute('aria-label'), /降序/);
  await office.shot('sorted');
  await office.get('visits').locator('tbody tr').nth(1).click();
  const at = (text) => office.get('queue-at').filter({ hasText: text }).waitFor();
  const shown = (number) => office.page.locator('.page-head h1', { hasText: number }).waitFor();
  await at(`2 / ${up.length}`);
  await office.page.keyboard.press('j');
  await at(`3 / ${up.length}`);
  await shown(up.at(-3));
  await office.shot('next-of-list');
  await office.get('queue-previous').click();
  await office.page.keyboard.press('k');
  await shown(up.at(-1));
  assert.ok(await office.get('queue-previous').isDisabled());
  await office.page.keyboard.press('u');
  await reads([...up].reverse());
  await head.click();
  await reads(newest);
  assert.deepEqual(office.problems, []);
  await office.close();
});

test('a confirmed visit leaves the inbox and is confirmed for everybody', async () => {
  const office = await inbox('p21');
  const [number] = await numbers(office);
  await openRow(office, number);
  await office.get('confirm').click();
  await office.get('reason-confirm').click();
  await office.get('review').waitFor();
  await office.shot('confirmed');
  await office.go('/desk');
  await office.get('visits').waitFor();
  assert.ok(!(await numbers(office)).includes(number));
  await office.close();
});

test('two reviewers at once: the second sees what changed, and keeps the reason that was typed', async () => {
  const [one, two] = [await inbox('p21'), await inbox('p24')];
  const [number] = await numbers(one);
  await openRow(one, number);
  await openRow(two, number);
  await one.get('return').click();
  await two.get('return').click();
  await one.field('reason').fill('请补充照片。');
  await two.field('reason').fill('请补充依据条款。');
  await one.get('reason-confirm').click();
  await one.get('review').waitFor();
  await two.get('reason-confirm').click();
  await two.get('changes').waitFor();
  assert.match(await two.get('changes').innerText(), /状态.*已提交.*退回/s);
  assert.equal(await two.field('reason').inputValue(), '请补充依据条款。');
  await two.shot('changed-underneath');
  await one.close();
  await two.close();
});

test('pages show what was decided elsewhere without being asked', async () => {
  const office = await inbox('p24');
  const before = await numbers(office);
  const other = await inbox('p21');
  await openRow(other, before[0]);
  await other.get('dismiss').click();
  await other.field('reason').fill('不属于督导范围');
  await other.get('reason-confirm').click();
  await other.get('review').waitFor();
  await office.page.waitForFunction((number) => !document.querySelector('[data-test="visits"]')?.textContent.includes(number), before[0]);
  await office.close();
  await other.close();
});
