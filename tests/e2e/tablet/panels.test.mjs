// What opens on top of a page: it has a name, takes the focus and keeps it, Escape closes it alone, and the focus goes back to where it came
// from. And pictures to look at.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PHONE, TABLET, Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { look } from './look.mjs';
import { VILLAGE, addPhotos, noProblems, photo, startVisit } from './steps.mjs';

let county;
let tablet;
let visit;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));
const TOP = '[role="dialog"]:not([inert])';
// More than the fullest panel has to reach.
const TABS = 25;

before(async () => {
  county = await County.start(join(folder, 'county'));
  tablet = await Tablet.open(join(folder, 'li'), county.url);
  await tablet.enrol(await county.invitation('p07'));
  await startVisit(tablet, 'zdc', VILLAGE, ['p08']);
  visit = tablet.page.url().split('#')[1].split('/').slice(0, 5).join('/');
  await tablet.goStep('A');
  await tablet.page.locator('[data-item="A3"]').getByRole('button', { name: '否', exact: true }).click();
  const panel = tablet.page.locator(`${TOP}:visible`);
  await panel.locator('[data-path$=".problem"]').fill('“三会一课”记录缺八月');
  await addPhotos(tablet, panel, [await photo(tablet.page, 1)]);
  await panel.locator('[data-test="finding-done"]').click();
  await tablet.saved();
});
after(async () => {
  await tablet?.close();
  await county?.close();
});

// From the page to the panel: what to tap, one after another; the last one opens what is looked at.
const PANELS = [
  ['place', () => '/new', [`[data-unit="${VILLAGE}"]`]],
  ['finding', () => `${visit}/A`, ['[data-finding]']],
  ['finding-photo', () => `${visit}/A`, ['[data-finding]', `${TOP} [data-photo]`]],
  ['history', () => `${visit}/A`, ['[data-item="A3"] [data-test="history"]']],
  ['photo', () => `${visit}/photos`, ['[data-photo]']],
  ['sign-unit', () => `${visit}/feedback`, ['[data-signer="unit"] [data-test="sign"]']],
  ['sign-lead', () => `${visit}/feedback`, ['[data-signer="lead"] [data-test="sign"]']],
  ['refuse', () => `${visit}/feedback`, ['[data-test="refuse"]']],
  ['free-space', () => '/sync', ['[data-test="free-space"]']],
];

async function open(path, taps) {
  const { page } = tablet;
  await page.goto(`${tablet.url}#${path}`);
  await page.locator('main').waitFor();
  if (path === '/new') await tablet.test('place-search').fill('zdc');
  for (const [index, tap] of taps.entries()) {
    await page.locator(`${tap}:visible`).click();
    // The one before is out of reach once the next one is there.
    await page.waitForFunction((count) => document.querySelectorAll('[role="dialog"][aria-modal="true"]:not([inert])').length > 0 && [...document.querySelectorAll('[role="dialog"]')].filter((panel) => panel.checkVisibility()).length === count, index + 1);
    await page.waitForFunction((top) => document.querySelector(`${top}:focus-within`) !== null, TOP);
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
  }
}

// The focus may also be with the browser's own buttons, where the page has none.
const outside = () => tablet.page.evaluate((top) => (document.activeElement === document.body || document.activeElement.closest(top) !== null ? '' : document.activeElement.outerHTML.slice(0, 80)), TOP);

async function check(name, taps) {
  const { page } = tablet;
  const problems = [];
  const label = await page.locator(`${TOP}:visible`).getAttribute('aria-label');
  if (!label) problems.push(`${name}: has no name`);
  problems.push(...(await look(page, name, `${TOP}[aria-label="${label}"]`)));
  for (let i = 0; i < TABS; i += 1) {
    await page.keyboard.press('Tab');
    const away = await outside();
    if (away !== '') problems.push(`${name}: Tab leaves it for ${away}`);
  }
  await page.keyboard.press('Escape');
  await page.waitForFunction((count) => [...document.querySelectorAll('[role="dialog"]')].filter((panel) => panel.checkVisibility()).length === count, taps.length - 1);
  const back = await page.evaluate((tap) => document.activeElement?.matches(tap) ?? false, taps.at(-1));
  if (!back) problems.push(`${name}: the focus does not go back to ${taps.at(-1)}`);
  return problems;
}

for (const [size, viewport, theme] of [['phone', PHONE, 'light'], ['tablet', TABLET, 'dark']]) {
  for (const language of ['zh', 'en']) {
    test(`${size}, ${language}`, { timeout: 300_000 }, async () => {
      const { page } = tablet;
      await page.setViewportSize(viewport);
      await page.evaluate(([l, t]) => localStorage.setItem('dudao-tablet-preferences', JSON.stringify({ language: l, theme: t, textSize: 1 })), [language, theme]);
      await page.goto(`${tablet.url}#/more`);
      await page.reload();
      const problems = [];
      for (const [name, path, taps] of PANELS) {
        await page.goto(`${tablet.url}#/more`);
        await page.locator('nav.list').waitFor();
        await open(path(), taps);
        await tablet.shot(`panel-${name}-${language}-${theme}-${size}`);
        problems.push(...(await check(name, taps)));
      }
      assert.deepEqual(problems, []);
    });
  }
}

test('the heading does not say that all is sent while something written is not', { timeout: 120_000 }, async () => {
  const { page } = tablet;
  await page.evaluate(() => localStorage.setItem('dudao-tablet-preferences', JSON.stringify({ language: 'zh', theme: 'light', textSize: 1 })));
  await page.goto(`${tablet.url}#${visit}/A`);
  await page.reload();
  // Opened and left again, what is open is cut into changes.
  await page.locator('[data-step="A"]').waitFor();
  const says = (text) => tablet.test('chip').getByText(text, { exact: true }).waitFor();
  for (const write of [
    async () => {
      await tablet.goStep('head');
      await page.locator('[data-path="note"]').fill('还没有上报');
    },
    async () => {
      await tablet.goStep('photos');
      await addPhotos(tablet, page.locator('[data-step="photos"]'), [await photo(page, 2)]);
    },
  ]) {
    await tablet.sync();
    await page.locator('[data-test="delivery"].good').waitFor();
    await page.goto(`${tablet.url}#${visit}/A`);
    await page.locator('[data-step="A"]').waitFor();
    await says('已全部上报');
    await write();
    await tablet.test('chip').and(page.locator('.pending')).getByText('未上报').waitFor();
  }
});

test('no page had a problem', () => noProblems(tablet));
