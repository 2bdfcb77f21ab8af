// The client core in Chromium. Each test has a browser profile of its own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Browser, on, serve } from './browser.mjs';

const work = join(process.env.DUDAO_PAGE, '..');
const check = join(process.env.DUDAO_BUILD_DIR, 'test-bin/dudao_opfs_check');
let server;
before(async () => { server = await serve(process.env.DUDAO_PAGE); });
after(() => server.close());

function profileOf(t) {
  const folder = join(work, `profile-${t.name.replace(/\W+/g, '-')}`);
  rmSync(folder, { recursive: true, force: true });
  return folder;
}

async function started(browser, options = {}) {
  const page = await browser.open(server.url);
  const state = await on(page, 'start', options);
  assert.equal(state.name, 'ready', JSON.stringify(state));
  return page;
}

/** Takes the stored files out of the browser and lets the native check read them. */
async function checkStored(page, name) {
  await on(page, 'close');
  const folder = join(work, `stored-${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [file, text] of Object.entries(await on(page, 'stored'))) writeFileSync(join(folder, file), Buffer.from(text, 'base64'));
  return execFileSync(check, [folder], { encoding: 'utf8' });
}

test('A draft is there after a reload', async (t) => {
  const browser = await Browser.start(profileOf(t));
  try {
    const page = await started(browser);
    const { key, form } = await on(page, 'create');
    assert.deepEqual(await on(page, 'type', form, '张庄村：督导记录'), { value: true, reason: '', code: 0, textZh: '' });
    const digest = await on(page, 'digest');
    await page.reload();
    assert.equal((await on(page, 'start', {})).name, 'ready');
    const opened = await on(page, 'open', key);
    assert.equal(opened.note, '张庄村：督导记录');
    assert.ok(opened.recovered);
    assert.equal(await on(page, 'digest'), digest);
    assert.equal((await on(page, 'save', opened.form)).value, true);
    assert.notEqual(await on(page, 'digest'), digest);
    assert.match(await checkStored(page, 'reload'), /integrity: ok/);
  } finally {
    await browser.close();
  }
});

test('What was answered survives kill -9 in the middle of typing', async (t) => {
  const profile = profileOf(t);
  let browser = await Browser.start(profile);
  let page = await started(browser);
  let { key, form } = await on(page, 'create');
  let next = 1;
  for (let kill = 0; kill < 5; kill++) {
    let answered = 0;
    await page.exposeFunction('answered', (n) => { answered = n; });
    const typing = on(page, 'typeOn', form, next, 'answered').catch(() => undefined);
    const target = next + 5 + Math.floor(Math.random() * 60);
    while (answered < target) await new Promise((resume) => setTimeout(resume, 1));
    await browser.kill();
    await typing;
    browser = await Browser.start(profile);
    page = await started(browser);
    const opened = await on(page, 'open', key);
    assert.ok(opened.recovered);
    const found = Number(opened.note.split(' ')[0]);
    // The one that was under way may be there too; what the page told may not have reached us yet.
    assert.ok(found >= answered, `answered ${answered}, found ${found}`);
    assert.equal(opened.note, `${found} ${'督'.repeat(found % 400)}`);
    t.diagnostic(`kill ${kill + 1}: answered ${answered}, found ${found}`);
    form = opened.form;
    next = found + 1;
  }
  assert.match(await checkStored(page, 'kill'), /integrity: ok/);
  await browser.close();
});

test('A second tab says so, and can take over', async (t) => {
  const browser = await Browser.start(profileOf(t));
  try {
    const first = await started(browser);
    const { key, form } = await on(first, 'create');
    await on(first, 'type', form, '第一个窗口');
    const second = await browser.open(server.url);
    assert.equal((await on(second, 'start', {})).name, 'elsewhere');
    await on(second, 'takeOver');
    assert.equal((await on(second, 'settled')).name, 'ready');
    await on(first, 'until', 'elsewhere');
    assert.equal((await on(first, 'type', form, '晚了')).reason, 'NOT_READY');
    assert.equal((await on(second, 'open', key)).note, '第一个窗口');
    // And back again.
    await on(first, 'takeOver');
    assert.equal((await on(first, 'settled')).name, 'ready');
    await on(second, 'until', 'elsewhere');
  } finally {
    await browser.close();
  }
});

test('Under a full quota saves go on in the room that was held back, and nothing that was answered is lost', async (t) => {
  const browser = await Browser.start(profileOf(t));
  try {
    const page = await started(browser);
    const { key, form } = await on(page, 'create');
    await on(page, 'type', form, '在满之前');
    const devtools = await browser.context.newCDPSession(page);
    const origin = new URL(server.url).origin;
    const { usageBytes } = await on(page, 'storage');
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usageBytes + 400_000 });
    const text = (n) => `${n} ${'满'.repeat(1900)}`;
    // More than there is room for, and said only where nothing is held back (tests/e2e/tablet/nearly_full.test.mjs).
    const last = 400;
    for (let n = 1; n <= last; n++) {
      const answer = await on(page, 'type', form, text(n));
      assert.equal(answer.reason, '', JSON.stringify(answer));
    }
    assert.equal((await on(page, 'open', key)).note, text(last));
    await page.reload();
    assert.equal((await on(page, 'start', {})).name, 'ready');
    assert.equal((await on(page, 'open', key)).note, text(last));
    await devtools.send('Storage.overrideQuotaForOrigin', { origin });
    const opened = await on(page, 'open', key);
    assert.equal((await on(page, 'type', opened.form, '又有空间了')).reason, '');
    assert.equal((await on(page, 'stage', 3_000_000)).reason, '');
    assert.match(await checkStored(page, 'quota'), /integrity: ok/);
  } finally {
    await browser.close();
  }
});

test('Figures', async (t) => {
  const browser = await Browser.start(profileOf(t));
  try {
    const page = await started(browser);
    await on(page, 'saves', 200);
    const count = 1000;
    const ms = await on(page, 'saves', count);
    const { startMs, memoryBytes, longestCallMs, longestCallMethod } = await on(page, 'figures');
    t.diagnostic(`durable autosaves/s in Chromium: ${Math.round((count * 1000) / ms)}`);
    t.diagnostic(execFileSync(check, ['--saves', String(count), work], { encoding: 'utf8' }).trim());
    t.diagnostic(`start ${Math.round(startMs)} ms, memory ${Math.round(memoryBytes / 1048576)} MiB, longest call ${longestCallMs.toFixed(1)} ms (${longestCallMethod})`);
    assert.ok(ms > 0);
  } finally {
    await browser.close();
  }
});
