// How it looks and handles: nothing is wider than the screen, targets are 48 px, each button has a name; and pictures to look at.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PHONE, TABLET, Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { look } from './look.mjs';
import { VILLAGE, addPhotos, fillHeader, noProblems, photo, startVisit } from './steps.mjs';

let county;
let tablet;
let visit;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));

before(async () => {
  county = await County.start(join(folder, 'county'));
  tablet = await Tablet.open(join(folder, 'li'), county.url);
  await tablet.enrol(await county.invitation('p07'));
  await startVisit(tablet, 'zdc', VILLAGE, ['p08']);
  visit = tablet.page.url().split('#')[1];
  await fillHeader(tablet);
  await tablet.goStep('A');
  const item = tablet.page.locator('[data-item="A3"]');
  await item.getByRole('button', { name: '否', exact: true }).click();
  const panel = tablet.page.locator('[role="dialog"]:visible');
  await panel.locator('[data-path$=".problem"]').fill('“三会一课”记录缺八月，主题党日未留存签到');
  await panel.getByRole('button', { name: '一般', exact: true }).click();
  await addPhotos(tablet, panel, [await photo(tablet.page, 1), await photo(tablet.page, 2)]);
  await panel.locator('[data-test="finding-done"]').click();
  await tablet.page.locator('[data-item="A1"]').getByRole('button', { name: '是', exact: true }).click();
  await tablet.saved();
});
after(async () => {
  await tablet?.close();
  await county?.close();
});

const PAGES = [
  ['home', () => '/home'],
  ['visits', () => '/visits'],
  ['new', () => '/new'],
  ['visit-head', () => `${visit}/head`],
  ['visit-method', () => `${visit}/method`],
  ['visit-form', () => `${visit}/A`],
  ['visit-findings', () => `${visit}/findings`],
  ['visit-photos', () => `${visit}/photos`],
  ['visit-feedback', () => `${visit}/feedback`],
  ['visit-submit', () => `${visit}/submit`],
  ['tasks', () => '/tasks'],
  ['lookbacks', () => '/lookbacks'],
  ['board', () => '/board'],
  ['sync', () => '/sync'],
  ['conflicts', () => '/conflicts'],
  ['more', () => '/more'],
  ['settings', () => '/settings'],
];

// The largest that the settings offer: who needs it has a phone, too.
const TEXT_LARGEST = 1.3;
for (const [size, viewport, textSize] of [['phone', PHONE, 1], ['tablet', TABLET, 1], ['phone-large', PHONE, TEXT_LARGEST]]) {
  for (const language of ['zh', 'en']) {
    for (const theme of textSize === 1 ? ['light', 'dark'] : ['light']) {
      test(`${size}, ${language}, ${theme}`, { timeout: 300_000 }, async () => {
        const { page } = tablet;
        await page.setViewportSize(viewport);
        await page.evaluate((wanted) => localStorage.setItem('dudao-tablet-preferences', JSON.stringify(wanted)), { language, theme, textSize });
        await page.goto(`${tablet.url}#/home`);
        await page.reload();
        await tablet.test('sync-card').waitFor();
        const problems = [];
        for (const [name, path] of PAGES) {
          await page.goto(`${tablet.url}#${path()}`);
          await page.locator('main').waitFor();
          if (name.startsWith('visit-')) await page.locator('[data-step]').waitFor();
          await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
          problems.push(...(await look(page, name)));
          await tablet.shot(`${name}-${language}-${theme}-${size}`);
        }
        assert.deepEqual(problems, []);
      });
    }
  }
}

test('keyboard: a form can be answered without touching', { timeout: 120_000 }, async () => {
  const { page } = tablet;
  await page.evaluate(() => localStorage.setItem('dudao-tablet-preferences', JSON.stringify({ language: 'zh', theme: 'light', textSize: 1 })));
  await page.goto(`${tablet.url}#${visit}/A`);
  await page.reload();
  const item = page.locator('[data-item="A2"]');
  await item.getByRole('button', { name: '是', exact: true }).focus();
  await page.keyboard.press('Space');
  await item.locator('button[aria-pressed="true"]').waitFor();
  await tablet.saved();
});

// Far enough for the longest way: navigation, steps, and the first of what a page is for.
const TABS = 40;
test('keyboard: Tab reaches what each page is for, and what has the focus is marked', { timeout: 300_000 }, async () => {
  const { page } = tablet;
  await page.setViewportSize(TABLET);
  const problems = [];
  for (const [name, path] of PAGES) {
    await page.goto(`${tablet.url}#${path()}`);
    await page.locator('main').waitFor();
    if (name.startsWith('visit-')) await page.locator('[data-step]').waitFor();
    if ((await page.locator('main').locator('button:enabled:visible, a[href]:visible, input:enabled').count()) === 0) continue;
    await page.evaluate(() => document.activeElement?.blur());
    let reached = false;
    for (let i = 0; i < TABS && !reached; i += 1) {
      await page.keyboard.press('Tab');
      const [inside, marked, what] = await page.evaluate(() => {
        const here = document.activeElement;
        const drawn = (element) => element !== null && getComputedStyle(element).outlineStyle !== 'none';
        // Where a field draws no mark of its own, its frame does.
        return [here !== document.body && (here?.closest('[data-step]') ?? here?.closest('main')) !== null && here?.closest('main') !== null, drawn(here) || drawn(here?.parentElement ?? null), here?.outerHTML.slice(0, 80)];
      });
      if (what !== undefined && !what.startsWith('<body') && !marked) problems.push(`${name}: ${what} has the focus unseen`);
      reached = inside;
    }
    if (!reached) problems.push(`${name}: ${TABS} times Tab do not reach the page`);
  }
  assert.deepEqual(problems, []);
});

test('no page had a problem', () => noProblems(tablet));
