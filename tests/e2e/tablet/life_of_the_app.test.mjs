// What happens to an installed app in weeks: the server is gone, a second tab, a new version, a PIN, a wrong clock, a revocation.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { VILLAGE, noProblems, readyForTheField, startVisit } from './steps.mjs';

let county;
let tablet;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));
const webRoot = join(folder, 'web');

before(async () => {
  cpSync(join(process.env.DUDAO_SOURCE_DIR, 'build/web'), webRoot, { recursive: true });
  county = await County.start(join(folder, 'county'), { webRoot });
  tablet = await Tablet.open(join(folder, 'li'), county.url);
});
after(async () => {
  await tablet?.close();
  await county?.close();
});

test('a code that is typed wrong is refused in words, and the right one enrols', { timeout: 300_000 }, async () => {
  const code = tablet.page.locator('[data-path="code"]');
  const said = tablet.test('enrol-error');
  await code.fill('ABCD-EFGH-JKMN');
  await tablet.test('enrol').click();
  await said.getByText('登记码不对').waitFor();
  assert.doesNotMatch(await said.textContent(), /[A-Za-z]{2,}/, 'no English in a Chinese page');
  county.link.cut();
  await tablet.test('enrol').click();
  await said.getByText('没有连上服务器').waitFor();
  county.link.restore();
  await tablet.enrol(await county.invitation('p07'));
  await readyForTheField(tablet);
});

async function typeNote(text) {
  await startVisit(tablet, 'zdc', VILLAGE, ['p08']);
  await tablet.page.locator('[data-path="note"]').fill(text);
  await tablet.saved();
  return tablet.page.url().split('#')[1];
}

test('starts with the server dead and no network', { timeout: 300_000 }, async () => {
  await county.kill();
  county.link.cut();
  await tablet.close();
  await tablet.start();
  await tablet.test('sync-card').waitFor();
  await typeNote('服务器已停');
  await tablet.sync();
  await tablet.test('sync-error').waitFor();
  await county.serve();
  county.link.restore();
  await tablet.sync();
  await tablet.page.locator('[data-test="delivery"].good').waitFor();
});

test('a second tab says so, and takes over with everything typed', { timeout: 300_000 }, async () => {
  const visit = await typeNote('第一个页面');
  const second = await tablet.another();
  await second.locator('[data-test="elsewhere"]').waitFor();
  await second.locator('[data-test="take-over"]').click();
  await second.locator('[data-test="sync-card"]').waitFor();
  await tablet.test('elsewhere').waitFor();
  await tablet.shot('elsewhere-zh-light-tablet');
  await second.goto(`${tablet.url}#${visit}`);
  assert.equal(await second.locator('[data-path="note"]').inputValue(), '第一个页面');
  await tablet.test('take-over').click();
  await tablet.page.locator('[data-path="note"]').waitFor();
  await second.close();
});

// A version that differs in its page, as a build would make it.
function publish(mark, { broken = false } = {}) {
  const app = join(webRoot, 'tablet');
  const index = readFileSync(join(app, 'index.html'), 'utf8').replace(/<!--.*?-->|<\/head>/, `<!--${mark}--></head>`).replace('</head></head>', '</head>');
  const worker = readFileSync(join(app, 'sw.js'), 'utf8');
  const build = JSON.parse(/^const BUILD = (.*);$/m.exec(worker)[1]);
  build.version = mark;
  build.files.find((file) => file.path === 'index.html').sha256 = createHash('sha256').update(index).digest('base64');
  writeFileSync(join(app, 'sw.js'), worker.replace(/^const BUILD = .*;$/m, `const BUILD = ${JSON.stringify(build)};`));
  // A server that was updated by half: the list is new, the page is not.
  if (!broken) writeFileSync(join(app, 'index.html'), index);
  for (const name of ['index.html', 'sw.js']) for (const end of ['.br', '.gz']) if (existsSync(join(app, name + end))) rmSync(join(app, name + end));
}
// Looks for a new version and says how its installation ended.
const lookForUpdate = () =>
  tablet.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const end = new Promise((resolve) => {
      registration.addEventListener(
        'updatefound',
        () => {
          const worker = registration.installing;
          worker.addEventListener('statechange', () => ['installed', 'redundant'].includes(worker.state) && resolve(worker.state));
        },
        { once: true },
      );
    });
    await registration.update().catch(() => undefined);
    return end;
  });
const cacheNames = () => tablet.page.evaluate(async () => (await caches.keys()).sort());

test('a new version waits until it is wanted, and what was typed is still there after it', { timeout: 300_000 }, async () => {
  const before = await cacheNames();
  const visit = await typeNote('更新之前写的');
  publish('0half', { broken: true });
  assert.equal(await lookForUpdate(), 'redundant');
  assert.equal(await tablet.test('update-ready').count(), 0, 'a version that is not whole is not offered');

  publish('1whole');
  assert.equal(await lookForUpdate(), 'installed');
  await tablet.test('update-ready').waitFor();
  assert.equal(await tablet.page.locator('[data-path="note"]').inputValue(), '更新之前写的');
  assert.ok((await cacheNames()).includes(before[0]), 'the old version still serves');
  await tablet.shot('update-zh-light-tablet');
  await tablet.page.locator('[data-path="note"]').fill('更新之前写的，又加一句');
  await tablet.test('update-switch').click();
  await tablet.page.waitForFunction(() => document.head.innerHTML.includes('1whole'));
  await tablet.page.goto(`${tablet.url}#${visit}`);
  await tablet.page.locator('[data-path="note"]').waitFor();
  assert.equal(await tablet.page.locator('[data-path="note"]').inputValue(), '更新之前写的，又加一句');
  await tablet.page.waitForFunction(async () => (await caches.keys()).join() === 'dudao-tablet-1whole');
});

test('a PIN is asked for at the start, and only there', { timeout: 300_000 }, async () => {
  await tablet.page.goto(`${tablet.url}#/settings`);
  await tablet.test('pin-new').fill('246810');
  await tablet.test('pin-again').fill('246810');
  await tablet.test('pin-set').click();
  await tablet.page.getByText('密码已设置').waitFor();
  await tablet.close();
  await tablet.start();
  await tablet.test('pin').fill('111111');
  await tablet.test('unlock').click();
  await tablet.page.getByRole('alert').waitFor();
  await tablet.shot('pin-zh-light-tablet');
  await tablet.test('pin').fill('246810');
  await tablet.test('unlock').click();
  await tablet.test('sync-card').waitFor();
});

test('a tablet of 2099 enrols, works and syncs, and is told about its clock', { timeout: 300_000 }, async () => {
  const future = new Tablet(join(folder, 'future'), county.url);
  const shift = `{ const real = Date; const by = real.UTC(2099, 0, 1) - real.now(); const now = () => real.now() + by;
    globalThis.Date = new Proxy(real, { construct: (of, words) => (words.length === 0 ? new of(now()) : new of(...words)), apply: () => String(new real(now())), get: (of, key) => (key === 'now' ? now : Reflect.get(of, key)) }); }\n`;
  await future.start();
  await future.context.addInitScript(shift);
  // The core's clock is that of its worker.
  await future.context.route(/assets\/worker-.*\.js/, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: shift + (await answer.text()) });
  });
  await future.page.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
    for (const name of await caches.keys()) await caches.delete(name);
  });
  await future.page.reload();
  await future.enrol(await county.invitation('p08'));
  await future.page.getByText('时钟可能不准').waitFor();
  await startVisit(future, 'zdc', VILLAGE, ['p07']);
  await future.page.locator('[data-path="note"]').fill('二〇九九年');
  await future.saved();
  await future.sync();
  await future.page.locator('[data-test="delivery"].good').waitFor();
  noProblems(future);
  await future.close();
});

test('a revoked tablet destroys its key and says what to do', { timeout: 300_000 }, async () => {
  const device = (await county.office('device', 'list')).find((row) => row.person === 'p07' || row.person_id === 'p07');
  await county.office('device', 'revoke', device.device, '--reason', '遗失');
  await tablet.page.goto(`${tablet.url}#/sync`);
  await tablet.test('sync').click();
  await tablet.test('destroyed').waitFor();
  await tablet.shot('destroyed-zh-light-tablet');
  await tablet.close();
  await tablet.start();
  await tablet.test('destroyed').waitFor();
});

test('no page had a problem', () => noProblems(tablet));
