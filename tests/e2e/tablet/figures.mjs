// Measures, and asserts nothing: first load over 1 Mbit/s, start from the cache, opening a visit, saving a tap; the page's thread slowed 4x.
//   tests/e2e/tablet/run.sh --figures [VISITS]      with so many visits written by a tablet in a terminal before
import { mkdtempSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { VILLAGE, readyForTheField, startVisit } from './steps.mjs';

const VISITS = Number(process.argv[2] ?? 0);
const RUNS = 5;
const MBIT_BYTES = 125_000;
const folder = mkdtempSync(join(tmpdir(), 'dudao-figures-'));
const county = await County.start(join(folder, 'county'));
const rows = [];
const median = (times) => times.slice().sort((a, b) => a - b)[Math.floor(times.length / 2)];
async function timed(name, work, runs = 1) {
  const times = [];
  for (let i = 0; i < runs; i += 1) {
    const begun = performance.now();
    await work(i);
    times.push(performance.now() - begun);
  }
  rows.push([name, Math.round(median(times)), Math.round(Math.max(...times))]);
}

if (VISITS > 0) {
  await county.tablet('many.db', 'enrol', await county.invitation('p08'), '--name', 'many');
  await county.tablet('many.db', 'sync');
  for (let i = 0; i < VISITS; i += 1) await county.tablet('many.db', 'new-visit', VILLAGE, '--inspector', 'p07');
  await county.tablet('many.db', 'sync');
}

const tablet = new Tablet(join(folder, 'li'), 'about:blank');
await tablet.start();
tablet.url = county.url;
const session = await tablet.context.newCDPSession(tablet.page);
// The browser's own brake does not hold for workers, and the module is fetched by one.
county.link.downRate = MBIT_BYTES;
await timed('first load, 1 Mbit/s, until the page can be used', async () => {
  await tablet.page.goto(county.url);
  await tablet.page.locator('[data-path="code"]').waitFor();
});
county.link.downRate = Infinity;
await readyForTheField(tablet);
await tablet.enrol(await county.invitation('p07'));
await timed('first sync', () => tablet.sync());
await startVisit(tablet, 'zdc', VILLAGE, ['p08']);
const visit = tablet.page.url().split('#')[1];
await tablet.context.setOffline(true);
for (const rate of [1, 4]) {
  await session.send('Emulation.setCPUThrottlingRate', { rate });
  await timed(`start from the cache, page ${rate}x slower`, async () => {
    await tablet.page.goto('about:blank');
    await tablet.page.goto(`${county.url}#/home`);
    await tablet.test('sync-card').waitFor();
  }, RUNS);
  await timed(`open a visit, page ${rate}x slower`, async () => {
    await tablet.page.evaluate(() => (location.hash = '#/more'));
    await tablet.page.locator('nav.list').waitFor();
    const begun = performance.now();
    await tablet.page.evaluate((to) => (location.hash = to), `#${visit}/B`);
    await tablet.page.locator('[data-item]').first().waitFor();
    rows.push([`  of it the form, page ${rate}x slower`, Math.round(performance.now() - begun), 0]);
  }, 1);
  const item = tablet.page.locator('[data-item="B3"]');
  const answers = ['不适用', '是'];
  await timed(`tap until saved, page ${rate}x slower`, async (i) => {
    const button = item.getByRole('button', { name: answers[i % 2], exact: true });
    await button.click();
    await item.locator(`button[aria-pressed="true"]`).waitFor();
    await tablet.saved();
  }, RUNS * 2);
}
const used = await tablet.page.evaluate(() => navigator.storage.estimate());
console.log(`visits beforehand ${VISITS}; load of the machine ${loadavg().map((n) => n.toFixed(1)).join(' ')}; storage ${used.usage} bytes`);
for (const [name, middle, worst] of rows) console.log(`${String(middle).padStart(8)} ms  worst ${String(worst).padStart(8)} ms  ${name}`);
await tablet.close();
await county.close();
