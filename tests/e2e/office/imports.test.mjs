// The administrator imports lists from workbooks: what is wrong is named and nothing is written, a good list is shown before it
// goes in, and the same list once more changes nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { book, rowsOf } from './book.mjs';
import { browser, Console } from './console.mjs';
import { ADMIN_PASSWORD, County } from './county.mjs';

const REVIEWER = 'Quiet-River-8842';
const data = (name) => readFileSync(join(process.env.DUDAO_SOURCE_DIR, 'data', name), 'utf8');
let county, chrome;

before(async () => {
  county = await County.start('imports');
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await county?.close();
});

async function administrator() {
  const office = await Console.open(chrome, county.url);
  await office.signIn('admin', ADMIN_PASSWORD);
  await office.go('/imports');
  return office;
}
/** Chooses a file and waits for what the server says to it. */
async function choose(office, name, buffer) {
  await office.get('import-file').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
  await office.page.waitForFunction((wanted) => document.querySelector('[data-test="import-name"]')?.textContent === wanted, name);
  await office.get('import-answer').waitFor();
}
const count = async (office, name) => Number(await office.get(`import-${name}`).innerText());
const counts = async (office) => Promise.all(['created', 'updated', 'unchanged'].map((name) => count(office, name)));
async function people() {
  return county.office('person', 'list');
}

test('a wrong list is named cell by cell, in Chinese, and nothing of it is written', async () => {
  const office = await administrator();
  await office.pick('import-kind', '人员与督导组');
  const before = await people();
  const rows = rowsOf(data('sample-people.csv'));
  const first = rows.findIndex((row) => row[0] === 'p02');
  const second = rows.findIndex((row) => row[0] === 'p08');
  rows[first][4] = 'king';
  rows[second][1] = '';
  rows.push(['p90', '新督人', '县司法局', 'D4', 'inspector']);
  await choose(office, '有错.xlsx', book(rows));
  const problems = office.get('import-problems').locator('tbody tr');
  assert.equal(await problems.count(), 2);
  const text = (row) => problems.filter({ has: office.page.locator('td:first-child', { hasText: new RegExp(`^${row}$`) }) }).innerText();
  assert.match(await text(first + 1), /E role.*“king”不是角色/s);
  assert.match(await text(second + 1), /B\s*name.*不能为空/s);
  assert.match(await office.get('import-wrong').innerText(), /未写入任何内容/);
  assert.ok(await office.get('import-confirm').isDisabled());
  await office.shot('imports-wrong');
  assert.deepEqual(await people(), before);
  await office.close();
});

test('a good list is shown first, goes in when it is confirmed, and changes nothing the second time', async () => {
  const office = await administrator();
  await office.pick('import-kind', '人员与督导组');
  const rows = rowsOf(data('sample-people.csv'));
  rows.find((row) => row[0] === 'p03')[1] = '杨督新';
  rows.push(['p90', '新督人', '县司法局', 'D4', 'inspector']);
  const before = await people();
  await choose(office, '名单.xlsx', book(rows));
  const [created, updated, unchanged] = await counts(office);
  assert.deepEqual([created, updated], [1, 1]);
  assert.ok(unchanged > 20);
  const changes = office.get('import-changes');
  assert.match(await changes.locator('tr', { hasText: 'p90' }).innerText(), /新增.*新督人/s);
  assert.match(await changes.locator('tr', { hasText: 'p03' }).innerText(), /更改.*杨督新/s);
  assert.deepEqual(await people(), before, 'a preview writes nothing');
  await office.shot('imports-preview');
  await office.get('import-confirm').click();
  await office.get('import-done').waitFor();
  assert.deepEqual(await counts(office), [1, 1, unchanged]);
  const names = new Map((await people()).map((person) => [person.person_id, person.name]));
  assert.equal(names.get('p90'), '新督人');
  assert.equal(names.get('p03'), '杨督新');

  await choose(office, '再来.xlsx', book(rows));
  await office.get('import-nothing').waitFor();
  assert.deepEqual(await counts(office), [0, 0, unchanged + 2]);
  assert.ok(await office.get('import-confirm').isDisabled());
  assert.match(await office.get('import-nothing').innerText(), /完全一致/);
  assert.deepEqual(office.problems, []);
  await office.close();
});

test('places and holidays come from workbooks too, and what is no workbook is refused in words', async () => {
  const office = await administrator();
  await choose(office, '区划.xlsx', book(rowsOf(data('jishan-divisions.csv'))));
  assert.deepEqual(await counts(office), [0, 0, 161]);
  await office.pick('import-kind', '放假安排');
  // Another kind reads the chosen file anew: places are no holidays.
  await office.get('import-problems').waitFor();
  assert.match(await office.get('import-problems').innerText(), /表头应依次为 date,kind,name/);
  await choose(office, '放假.xlsx', book(rowsOf(data('holidays-2026.csv'))));
  assert.deepEqual(await counts(office), [0, 0, 1]);
  await choose(office, '坏文件.xlsx', Buffer.from('PK\x03\x04 nonsense', 'latin1'));
  assert.match(await office.get('import-problems').innerText(), /工作簿已损坏/);
  await choose(office, '旧版.xls', Buffer.from('d0cf11e0a1b11ae1', 'hex'));
  await office.get('import-problems').locator('td', { hasText: '旧版 .xls' }).waitFor();
  await office.get('import-file').setInputFiles({ name: '大.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.alloc(8_000_001) });
  await office.get('import-too-large').waitFor();
  await office.close();
});

test('measures come by area, task and measure', async () => {
  const office = await administrator();
  await office.pick('import-kind', '举措清单');
  await choose(office, '举措.xlsx', book(rowsOf(data('measures-default.csv'))));
  assert.deepEqual(await counts(office), [113, 0, 0]);
  assert.match(await office.get('import-tree').innerText(), /6 个方面、23 项任务、113 条举措/);
  await office.get('import-confirm').click();
  await office.get('import-done').waitFor();
  await choose(office, '举措二.xlsx', book(rowsOf(data('measures-default.csv'))));
  await office.get('import-nothing').waitFor();
  await office.shot('imports-measures');
  await office.close();
});

test('weak and thin villages come from a list, and one is marked by hand', async () => {
  const office = await administrator();
  await office.pick('import-kind', '软弱涣散村和薄弱村');
  await choose(office, '错村.xlsx', book([['code', 'name', 'weak', 'thin'], ['140824103200', '太宁村', '是', '']]));
  assert.match(await office.get('import-problems').innerText(), /B\s*name.*140824103200 的名称是“翟东村”/s);
  await choose(office, '村.xlsx', book([['code', 'name', 'weak', 'thin'], ['140824103200', '翟东村', '是', '否'], ['140824103214', '太宁村', '', '是']]));
  assert.deepEqual(await counts(office), [0, 2, 159]);
  assert.match(await office.get('import-marked').innerText(), /2 个村/);
  await office.get('import-confirm').click();
  await office.get('import-done').waitFor();
  await office.go('/coverage');
  const row = (name) => office.get('coverage').locator('tbody tr', { hasText: name });
  await row('翟东村').getByText('软弱涣散').waitFor();
  assert.deepEqual(await office.get('coverage').locator('tbody tr').evaluateAll((rows) => rows.slice(0, 2).map((one) => one.dataset.unit)), ['140824103200', '140824103214'], 'they come first');
  await row('管村').first().hover();
  await office.page.locator('[data-mark="140824100231"]').click();
  await office.get('marks-dialog').waitFor();
  await office.settled();
  await office.get('mark-thin').click();
  await office.get('marks-save').click();
  await office.page.locator('tr[data-unit="140824100231"]').getByText('集体经济薄弱').waitFor();
  await office.shot('marks');
  assert.deepEqual(office.problems, []);
  await office.close();
});

test('nobody else has the page, and the server refuses them', async () => {
  const office = await Console.open(chrome, county.url);
  await office.signInFirst('p21', await county.firstPassword('p21'), REVIEWER);
  await office.page.waitForURL(/#\/desk/);
  assert.equal(await office.page.locator('a[href="#/imports"]').count(), 0);
  await office.go('/imports');
  await office.page.waitForURL(/#\/desk/);
  assert.equal(await office.get('import-file').count(), 0);
  // Past the page: the call itself, with this session. An empty message would be a wrong list from an administrator.
  const status = await office.page.evaluate(async () => {
    const { token } = JSON.parse(sessionStorage.getItem('dudao.session'));
    const answer = await fetch('/dudao.admin.v1.AdminService/ImportPeople', {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1', 'dudao-session': token },
      body: new Uint8Array(5),
    });
    return answer.headers.get('grpc-status') ?? new TextDecoder().decode(await answer.arrayBuffer());
  });
  assert.match(status, /^7$|grpc-status: ?7/);
  await office.close();
});
