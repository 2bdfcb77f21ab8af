// A start without any room: what was held back is gone as well, and the quota is what is used. The app opens, shows the drafts and
// says what to do; what a start would tidy up, pieces of a photo that were never handed over whole, waits for a start with room.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PHONE, Tablet } from './browser.mjs';
import { County } from './county.mjs';
import { Quota } from './quota.mjs';
import { VILLAGE, noProblems, readyForTheField, startVisit } from './steps.mjs';

const RESERVE = 'dudao.room';
const NOTE = '记录还没有提交，平板就满了';
const PROBLEM = '公示栏未更新';
const TASK_ID = 1_000_000_000; // beyond those that the page gives
const PIECE_BYTES = 3 * 1024 * 1024;
let county;
let tablet;
let quota;
let visit;
let drafts;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));

before(async () => {
  county = await County.start(join(folder, 'county'));
  tablet = await Tablet.open(join(folder, 'li'), county.url, { viewport: PHONE });
  quota = await Quota.of(tablet);
  await tablet.enrol(await county.invitation('p07'));
  await readyForTheField(tablet);
  await startVisit(tablet, 'zdc', VILLAGE, ['p08']);
  visit = tablet.page.url().split('#')[1].split('/').slice(0, 5).join('/');
  await tablet.goStep('findings');
  await tablet.test('add-finding').click();
  await tablet.page.locator('[data-path$=".problem"]:visible').fill(PROBLEM);
  await tablet.page.locator('[data-test="finding-done"]:visible').click();
  await tablet.goStep('head');
  await note().fill(NOTE);
  await tablet.saved();
});
after(async () => {
  await tablet?.close();
  await county?.close();
});

const note = () => tablet.page.locator('[data-path="note"]');
// What the page asks its worker, asked without the page; the answer as plain numbers.
function ask(task, photoBytes = 0) {
  const worker = tablet.page.workers().find((one) => /worker/.test(one.url()));
  return worker.evaluate(
    ([id, asked, bytes]) =>
      new Promise((resolve, reject) => {
        const post = self.postMessage;
        self.postMessage = (reply, transfer) => {
          if (reply.id !== id) return post.call(self, reply, transfer);
          self.postMessage = post;
          if (reply.failure) reject(new Error(reply.failure.reason ?? `code ${reply.failure.code}`));
          else resolve(reply.value instanceof Uint8Array ? [...reply.value] : reply.value);
        };
        const file = bytes > 0 ? { file: new Blob([crypto.getRandomValues(new Uint8Array(65_536)), new Uint8Array(bytes)]) } : {};
        self.onmessage({ data: { id, ...asked, ...file, ...(asked.do === 'call' ? { bytes: new Uint8Array() } : {}) } });
      }),
    [TASK_ID, task, photoBytes],
  );
}
const listDrafts = () => ask({ do: 'call', method: 'ListDrafts' });
const dropReserve = () => tablet.page.evaluate(async (reserve) => (await (await navigator.storage.getDirectory()).getDirectoryHandle('dudao')).removeEntry(reserve), RESERVE);
async function end() {
  await ask({ do: 'stop' });
  await quota.leaveApp();
}
// The drafts are there, and what to do is said.
async function startWithoutRoom() {
  await end();
  await dropReserve();
  await quota.leave(0);
  await tablet.page.goto(`${tablet.url}#/home`);
  await tablet.page.getByText('未提交').first().waitFor();
  assert.match(await tablet.test('room-low').textContent(), /空间/);
}

test('where the start writes nothing the app opens, with every draft and with what to do', { timeout: 300_000 }, async () => {
  drafts = await listDrafts();
  assert.ok(drafts.length > 0, 'there is a draft');
  await startWithoutRoom();
  await tablet.shot('full-start-home-zh-light-phone');
  await tablet.page.goto(`${tablet.url}#${visit}/head`);
  await note().waitFor();
  assert.equal(await note().inputValue(), NOTE);
  assert.deepEqual(await listDrafts(), drafts);
});

test('pieces of a photo that an app left behind wait for a start with room; the app opens all the same', { timeout: 300_000 }, async () => {
  await quota.leave();
  await ask({ do: 'tendRoom' });
  await ask({ do: 'stage' }, PIECE_BYTES);
  await startWithoutRoom();
  assert.equal(await tablet.test('failed').count(), 0);
  await tablet.shot('full-start-pieces-zh-light-phone');
  assert.deepEqual(await listDrafts(), drafts);
});

test('as soon as there is room it goes on', { timeout: 300_000 }, async () => {
  await quota.leave();
  await tablet.page.goto(`${tablet.url}#${visit}/head`);
  await note().waitFor();
  assert.equal(await note().inputValue(), NOTE);
  assert.deepEqual(await listDrafts(), drafts);
  await note().fill(`${NOTE}，又好了`);
  await tablet.saved();
  await tablet.sync();
  await tablet.page.locator('[data-test="delivery"].good').waitFor();
  const [held] = await county.office('review', 'list');
  const [shown] = await county.office('review', 'show', held.temp_no);
  assert.equal(shown.visit.note, `${NOTE}，又好了`);
  assert.deepEqual(shown.visit.findings.map((finding) => finding.problem), [PROBLEM]);
});

test('no page had a problem', () => noProblems(tablet));
