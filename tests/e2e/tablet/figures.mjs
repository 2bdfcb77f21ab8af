// Measures, and asserts nothing: first load over 1 Mbit/s, start from the cache, home, lists, search, a form, saving a tap, a sync with nothing
// new; the page's thread also slowed 4x.
//   tests/e2e/tablet/run.sh --figures [VISITS]      and again with so many visits held (needs build/release/test-bin/dudao_fill_tablet)
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { VILLAGE, readyForTheField, startVisit } from './steps.mjs';

const VISITS = Number(process.argv[2] ?? 0);
const RUNS = 5;
const MBIT_BYTES = 125_000;
const folder = mkdtempSync(join(tmpdir(), 'dudao-figures-'));
const county = await County.start(join(folder, 'county'));
const rows = new Map();
const median = (times) => times.slice().sort((a, b) => a - b)[Math.floor(times.length / 2)];
async function timed(name, mark, work, runs = 1, before = () => undefined) {
  const times = [];
  for (let i = 0; i < runs; i += 1) {
    await before();
    const begun = performance.now();
    await work(i);
    times.push(performance.now() - begun);
  }
  rows.set(name, { ...rows.get(name), [mark]: `${Math.round(median(times))} (${Math.round(Math.max(...times))})` });
}

// The same once with little on the server and once with much: a second browser begins where the first one has ended.
async function fill() {
  await county.tablet('many.db', 'enrol', await county.invitation('p08'), '--name', 'many');
  await county.tablet('many.db', 'sync');
  const program = join(process.env.DUDAO_BUILD_DIR, 'test-bin/dudao_fill_tablet');
  await told(`${VISITS} visits written on one tablet`, () => promisify(execFile)(program, [join(county.folder, 'many.db'), String(VISITS)]));
  await told(`${VISITS} visits sent to the server`, () => county.tablet('many.db', 'sync'));
}
async function told(what, work) {
  const begun = performance.now();
  await work();
  console.log(`${what}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

async function measure(mark, name) {
  const tablet = new Tablet(join(folder, name), 'about:blank');
  await tablet.start();
  tablet.url = county.url;
  const { page } = tablet;
  const session = await tablet.context.newCDPSession(page);
  // The browser's own brake does not hold for workers, and the module is fetched by one.
  county.link.downRate = MBIT_BYTES;
  await timed('first load, 1 Mbit/s, until the page can be used', mark, async () => {
    await page.goto(county.url);
    await page.locator('[data-path="code"]').waitFor();
  });
  county.link.downRate = Infinity;
  await readyForTheField(tablet);
  await timed('enrolment and first sync, home drawn', mark, async () => tablet.enrol(await county.invitation('p07')));
  await timed('sync, nothing new', mark, () => tablet.sync(), RUNS);
  await startVisit(tablet, 'zdc', VILLAGE, ['p08']);
  const visit = page.url().split('#')[1];
  await tablet.context.setOffline(true);
  for (const rate of [1, 4]) {
    const slow = rate === 1 ? '' : `, page ${rate}x slower`;
    await session.send('Emulation.setCPUThrottlingRate', { rate });
    await timed(`start from the cache, home drawn${slow}`, mark, async () => {
      await page.goto('about:blank');
      await page.goto(`${county.url}#/home`);
      await tablet.test('sync-card').waitFor();
    }, RUNS);
    const to = (hash, ready) => async () => {
      await page.evaluate((there) => (location.hash = there), hash);
      await ready().waitFor();
    };
    const away = to('#/more', () => page.locator('nav.list'));
    await timed(`home from another page${slow}`, mark, to('#/home', () => tablet.test('sync-card')), RUNS, away);
    await timed(`list of visits${slow}`, mark, to('#/visits', () => page.locator('[data-test="visits"] a, [data-test="visits"] button').first()), RUNS, away);
    await timed(`village search, from key to list${slow}`, mark, async () => {
      await tablet.test('place-search').fill('zdc');
      await page.locator(`[data-unit="${VILLAGE}"]`).waitFor();
    }, RUNS, async () => {
      await away();
      await to('#/new', () => tablet.test('place-search'))();
    });
    await timed(`a visit's form, from tap to drawn${slow}`, mark, to(`#${visit}/B`, () => page.locator('[data-item]').first()), RUNS, away);
    const item = page.locator('[data-item="B3"]');
    const answers = ['不适用', '是'];
    await timed(`tap until saved, mark drawn${slow}`, mark, async (i) => {
      await item.getByRole('button', { name: answers[i % 2], exact: true }).click();
      await item.locator('button[aria-pressed="true"]').waitFor();
      await tablet.saved();
    }, RUNS * 2);
  }
  await page.goto(`${county.url}#/visits`);
  await page.locator('[data-test="visits"]').waitFor();
  const held = await page.locator('main [role="status"]').first().textContent();
  const used = await page.evaluate(() => navigator.storage.estimate());
  console.log(`${mark}: ${held}; storage ${used.usage} bytes; load of the machine ${loadavg().map((n) => n.toFixed(1)).join(' ')}`);
  await tablet.close();
}

await measure('few', 'li');
if (VISITS > 0) {
  await fill();
  await measure(`${VISITS} visits`, 'wang');
}
const marks = [...new Set([...rows.values()].flatMap((row) => Object.keys(row)))];
console.log(`median (worst) in ms | ${marks.join(' | ')}`);
for (const [name, row] of rows) console.log(`${name} | ${marks.map((mark) => row[mark] ?? '').join(' | ')}`);
await county.close();
