// US-10, step 2: the administrator loads the holidays of 2027; due days that were provisional become firm, and what moves is shown before
// and after it is written.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { book } from './book.mjs';
import { browser, Console } from './console.mjs';
import { ADMIN_PASSWORD, County } from './county.mjs';

const VILLAGE = '140824103200';
const REVIEWER = 'Quiet-River-8842';
let county, chrome, reviewer;

before(async () => {
  county = await County.start('firm-days', '2026-12-18T08:00:00+08:00');
  chrome = await browser();
  const [lead, inspector] = [await county.tablet('p06'), await county.tablet('p07')];
  const finding = (id, problem) => [`findings[${id}].problem=${problem}`, `findings[${id}].owner_unit=${VILLAGE}`, `findings[${id}].level=一般`];
  await lead.submit(await inspector.visit(VILLAGE, '2026-12-18', 'p08', ...finding('stair', '楼梯扶手破损'), ...finding('board', '公示栏空白')));
  county.at('2026-12-21T09:00:00+08:00');
  reviewer = await county.person('p21', REVIEWER);
  for (const [id, days] of [['stair', '10'], ['board', '5']]) {
    await reviewer('review', 'decide-finding', id, 'confirm', '--level', '一般', '--limit', `${days}wd`);
    await reviewer('review', 'decide-finding', id, 'issue');
  }
});
after(async () => {
  await chrome?.close();
  await county?.close();
});

test('US-10: provisional due days become firm with their year; the differences are listed, before and after', async () => {
  const office = await Console.open(chrome, county.url, {}, (page) => page.clock.setFixedTime(new Date(county.moment)));
  await office.signIn('admin', ADMIN_PASSWORD);
  await office.go('/findings/team-d2-2026/stair');
  await office.reads('2027年1月4日', '暂定');
  await office.go('/imports');
  await office.pick('import-kind', '放假安排');
  const rows = [['date', 'kind', 'name'], ['2027-01-01', 'off', '元旦'], ['2027-01-02', 'off', '元旦'], ['2027-01-03', 'off', '元旦']];
  await office.get('import-file').setInputFiles({ name: '2027.xlsx', mimeType: 'application/octet-stream', buffer: book(rows) });
  const listed = office.get('import-deadlines').locator('tbody tr');
  await listed.first().waitFor();
  assert.equal(await listed.count(), 1, 'what was firm from the start is not listed');
  const words = /〔2026〕1号.*翟东村.*1月4日.*1月5日/s;
  assert.match(await listed.innerText(), words);
  await office.shot('firm-days');
  const written = async () => (await reviewer('review', 'finding', 'stair'))[0].rectification;
  assert.equal((await written()).due_provisional ?? (await written()).dueProvisional, true, 'a preview writes nothing');
  await office.get('import-confirm').click();
  await office.get('import-done').waitFor();
  assert.match(await listed.innerText(), words);

  await office.go('/findings/team-d2-2026/stair');
  await office.reads('2027年1月5日', '时限由2027-01-04调整为2027-01-05');
  assert.equal(await office.page.locator('aside .tag, .facts .tag', { hasText: '暂定' }).count(), 0);
  await office.shot('firm-day');
  assert.deepEqual(office.problems, []);
  await office.close();
});
