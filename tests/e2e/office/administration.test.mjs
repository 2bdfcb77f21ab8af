// US-10 at the console: people, passwords, handing over, a lost tablet, the logs and the server.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { browser, Console } from './console.mjs';
import { ADMIN_PASSWORD, County } from './county.mjs';
import { sheetsOf } from './xlsx.mjs';

const VILLAGE = '140824103200';
const REVIEWER = 'Quiet-River-8842';
let county, chrome, lead, leaving, lost, lostNumber;

before(async () => {
  county = await County.start('administration', '2026-09-21T08:00:00+08:00');
  chrome = await browser();
  [lead, leaving, lost] = [await county.tablet('p06'), await county.tablet('p08'), await county.tablet('p10')];
  await county.person('p21', REVIEWER);
  await lead.submit(await leaving.visit(VILLAGE, '2026-09-21', 'p09', 'contact_name=王三', 'contact_phone=13800001234'));
  await leaving.run('new-visit', VILLAGE, '--inspector', 'p09');
  await leaving.run('sync');
  // A photo that never arrived.
  lostNumber = await lost.visit(VILLAGE, '2026-09-22', 'p09');
  await lost.run('add-photo', lostNumber, lost.picture());
  await lost.run('sync', '--no-files');
});
after(async () => {
  await chrome?.close();
  await county?.close();
});

const open = (prepare) => Console.open(chrome, county.url, {}, prepare ?? ((page) => page.clock.setFixedTime(new Date(county.moment))));
async function admin(path) {
  const office = await open();
  await office.signIn('admin', ADMIN_PASSWORD);
  await office.go(path);
  return office;
}
const rowOf = (office, person) => office.get('people').locator('tbody tr', { has: office.get(`person-${person}`) });
async function choose(office, person, item) {
  await office.get(`person-${person}`).click();
  await office.page.locator('.el-dropdown-menu__item:visible', { hasText: item }).click();
}
async function done(office) {
  assert.deepEqual(office.problems, []);
  await office.close();
}

test('a person is added, gets a password, and becomes something else', async () => {
  const office = await admin('/people');
  await office.get('add-person').click();
  await office.field('person-id').fill('p31');
  await office.field('person-name').fill('韩新');
  await office.pick('person-role', '领导');
  await office.shot('person-dialog');
  await office.get('person-save').click();
  await rowOf(office, 'p31').getByText('韩新').waitFor();
  await choose(office, 'p31', '重置口令');
  await office.get('reset-confirm').click();
  const first = await office.get('new-password-text').innerText();
  await office.shot('new-password');
  await office.page.getByRole('button', { name: '已记下' }).click();
  const her = await open();
  await her.signInFirst('p31', first, 'Fresh-Orchard-4471');
  assert.match(await her.get('who').innerText(), /韩新.*领导/);
  await her.page.waitForURL(/#\/overview/);
  await choose(office, 'p31', '修改资料');
  await office.pick('person-role', '审核人');
  await office.get('person-save').click();
  await rowOf(office, 'p31').getByText('审核人').waitFor();
  await her.close();
  const again = await open();
  await again.signIn('p31', 'Fresh-Orchard-4471');
  await again.page.waitForURL(/#\/desk/);
  await done(again);
  await done(office);
});

test('a locked account is opened by a new password, a person who left stays out', async () => {
  const stranger = await open();
  for (let i = 0; i < 6; i++) {
    await stranger.fillSignIn('p31', `wrong-password-${i}`);
    await stranger.get('sign-in-error').waitFor();
    await stranger.page.waitForFunction(() => document.querySelector('.el-button.is-loading') === null);
  }
  const office = await admin('/people');
  await rowOf(office, 'p31').getByText('锁定至').waitFor();
  await office.shot('person-locked');
  await choose(office, 'p31', '重置口令');
  await office.get('reset-confirm').click();
  const first = await office.get('new-password-text').innerText();
  await office.page.getByRole('button', { name: '已记下' }).click();
  await rowOf(office, 'p31').getByText('锁定至').waitFor({ state: 'detached' });
  await stranger.signInFirst('p31', first, 'Second-Orchard-4471');
  await choose(office, 'p31', '修改资料');
  await office.page.locator('.el-switch').click();
  await office.get('person-save').click();
  await rowOf(office, 'p31').getByText('已离任').waitFor();
  await stranger.go('/visits');
  await stranger.get('session-ended').waitFor();
  const again = await open();
  await again.fillSignIn('p31', 'Second-Orchard-4471');
  await again.get('sign-in-error').waitFor();
  await again.close();
  await done(stranger);
  await done(office);
});

test('US-10: who leaves mid-month keeps what is finished, the draft goes to the lead', async () => {
  const office = await admin('/people');
  await choose(office, 'p08', '交接离任');
  await office.page.locator('.el-dialog:visible .el-select').click();
  await office.page.locator('.el-select-dropdown__item:visible', { hasText: 'p09' }).click();
  await office.field('reason').fill('调回原单位');
  await office.shot('hand-over');
  await office.get('reason-confirm').click();
  await office.reads('保留记录 1 份，转出草稿 1 份，停用平板 1 台。');
  await office.page.getByRole('button', { name: '关闭', exact: true }).click();
  await rowOf(office, 'p08').getByText('已离任').waitFor();
  await lead.run('sync');
  assert.equal((await lead.run('tasks')).filter((one) => one.kind === 'OFFICE_TASK_KIND_HANDED_OVER_DRAFT').length, 1);
  await office.go('/devices');
  await office.get('devices').locator('tbody tr', { hasText: '平板 p08' }).getByText('已交回').waitFor();
  await done(office);
});

test('US-10: a lost tablet is revoked, and what never arrived from it is named', async () => {
  const office = await admin('/devices');
  const row = office.get('devices').locator('tbody tr', { hasText: '平板 p10' });
  await row.getByText('1 个文件未到').waitFor();
  await office.shot('devices');
  await row.getByRole('button', { name: '报失吊销' }).click();
  await office.field('reason').fill('下乡途中遗失');
  await office.get('reason-confirm').click();
  await office.reads('未收到的文件', lostNumber);
  await office.shot('device-revoked');
  await office.page.getByRole('button', { name: '关闭', exact: true }).click();
  await row.getByText('已吊销').waitFor();
  await row.getByText('下乡途中遗失').waitFor();
  assert.equal(await row.getByRole('button').count(), 0);
  await assert.rejects(lost.run('sync'));
  await done(office);
});

test('who looked at personal data, and why, is in the log', async () => {
  const reviewer = await open();
  await reviewer.signIn('p21', REVIEWER);
  await reviewer.go('/visits');
  await reviewer.get('visits').locator('tbody tr', { hasText: '已提交' }).click();
  await reviewer.get('show-personal').click();
  await reviewer.field('reason').fill('电话核实情况');
  await reviewer.get('reason-confirm').click();
  await reviewer.reads('13800001234');
  await done(reviewer);
  const office = await admin('/logs');
  const line = office.get('log').locator('tbody tr', { hasText: '查看个人信息' });
  await line.getByText('电话核实情况').waitFor();
  await line.getByRole('link', { name: '督导记录' }).waitFor();
  assert.match(await line.innerText(), /p21/);
  await office.shot('logs');
  await office.pick('log-event', '查看个人信息');
  await office.page.waitForFunction(() => document.querySelectorAll('[data-test="log"] tbody tr').length === 1);
  await office.pick('log-event', '查看记录');
  const views = office.get('log').locator('tbody tr', { hasText: 'p21' });
  await views.first().getByRole('link', { name: '督导记录' }).waitFor();
  await office.shot('logs-views');
  const download = office.page.waitForEvent('download');
  await office.go('/ledgers');
  await office.get('export-4').click();
  const ledger = sheetsOf(readFileSync(await (await download).path()))[0].rows.map((row) => row.map((cell) => cell.text).join(' '));
  assert.equal(ledger.filter((row) => /p21|赵审/.test(row) && row.includes('电话核实情况')).length, 1);
  await office.go('/logs');
  await office.get('log').locator('tbody tr', { hasText: '导出文件' }).waitFor();
  await office.get('tab-control').click();
  await office.reads('下乡途中遗失');
  await office.shot('control-log');
  await done(office);
});

test('the server says how it is', async () => {
  const office = await admin('/server');
  await office.get('last-backup').getByText('没有记录，请检查备份任务').waitFor();
  const rows = office.page.locator('main table tbody tr');
  assert.equal(await rows.count(), 5, 'the office and four teams');
  const team = await rows.filter({ hasText: 'team-d2-2026' }).locator('td').allInnerTexts();
  assert.equal(team[2], '4', 'three visits and the task of the hand-over');
  await office.shot('server');
  await done(office);
});
