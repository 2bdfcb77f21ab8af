// US-08: a county leader on a phone, from what is red to one finding and its photo.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { browser, Console } from './console.mjs';
import { County } from './county.mjs';

const LEADER = 'Broad-Meadow-3310';
const REVIEWER = 'Quiet-River-8842';
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
let county, chrome;

before(async () => {
  county = await County.start('overview', '2026-09-08T08:00:00+08:00');
  chrome = await browser();
  const [lead, inspector] = [await county.tablet('p06'), await county.tablet('p07')];
  const finding = (id, problem, unit) => [`findings[${id}].problem=${problem}`, `findings[${id}].owner_unit=${unit}`, `findings[${id}].level=一般`];
  const late = await inspector.visit('140824103200', '2026-09-08', 'p08', ...finding('late', '楼梯扶手破损', '140824103200'), 'contact_name=王三', 'contact_phone=13800001234');
  const [{ evidence: face }] = await inspector.run('add-photo', late, inspector.picture(), '--finding', 'late', '--caption', '合影');
  await inspector.run('edit', late, `evidence[${face}].has_pii=true`);
  await inspector.run('add-photo', late, inspector.picture('other'), '--finding', 'late', '--caption', '扶手');
  await inspector.run('sync');
  await lead.submit(late);
  const reviewer = await county.person('p21', REVIEWER);
  await reviewer('review', 'decide-finding', 'late', 'confirm', '--level', '一般');
  await reviewer('review', 'decide-finding', 'late', 'issue');
  await lead.submit(await inspector.visit('140824104200', '2026-10-19', 'p08', ...finding('fresh', '公示栏空白', '140824104200')));
  county.at('2026-10-20T09:00:00+08:00');
  await county.person('p23', LEADER);
  await county.office('import', 'marks', marks());
});
/** Two villages with a mark, as the office lists them. */
function marks() {
  const path = join(county.folder, 'marks.csv');
  writeFileSync(path, 'code,name,weak,thin\n140824103200,翟东村,是,\n140824102212,胡家庄村,是,是\n');
  return path;
}
after(async () => {
  await chrome?.close();
  await county?.close();
});

test('US-08: what is red, and three touches to its photo; no face, no telephone number, nothing to decide', async () => {
  const office = await Console.open(chrome, county.url, PHONE, (page) => page.clock.setFixedTime(new Date(county.moment)));
  await office.signIn('p23', LEADER);
  await office.page.waitForURL(/#\/overview/);
  await office.reads('楼梯扶手破损', '翟店镇');
  const fits = async (where) => assert.ok(await office.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${where} does not fit`);
  await fits('overview');
  const figures = await office.page.locator('.figures .card').allInnerTexts();
  assert.deepEqual(figures.map((one) => one.replace(/\s+/g, ' ')), ['逾期 1', '未销号 1', '问题 2', '已督导单位 2 / 159', '已调研县领导 0 / 1']);
  assert.deepEqual(await office.get('township').allInnerTexts(), ['翟店镇'], 'what waits for the office is not red');
  await office.shot('phone-overview');

  await office.get('township').tap();
  const row = office.get('findings').locator('tbody tr', { hasText: '楼梯扶手破损' });
  await row.waitFor();
  assert.equal(await office.get('findings').locator('tbody tr').count(), 1);
  await fits('findings');
  const late = row.locator('td', { hasText: '逾期' });
  assert.ok(await late.evaluate((cell) => cell.getBoundingClientRect().right <= window.innerWidth), 'what is red is seen without moving the list');
  await office.shot('phone-findings');
  await row.tap();
  const photos = office.get('evidence').first().locator('li');
  await photos.nth(1).waitFor();
  await office.page.locator('[data-test="evidence"] img').first().waitFor();
  assert.equal(await office.page.locator('[data-test="evidence"] img').count(), 1, 'the one with a face is not shown');
  await fits('finding');
  await office.shot('phone-finding');
  await photos.filter({ hasText: '扶手' }).locator('button').tap();
  await office.get('photo-full').locator('img').waitFor();
  await office.shot('phone-photo');
  assert.doesNotMatch(await office.page.locator('body').innerText(), /王三|13800001234/);
  assert.deepEqual(office.problems.filter((one) => !/Failed to load/.test(one)), []);
  await office.close();
});

test('US-08: the secretary\'s report is entered; it counts for the leader, its problems are in the pool, and every view is in the log', async () => {
  const office = await Console.open(chrome, county.url, {}, (page) => page.clock.setFixedTime(new Date(county.moment)));
  await office.signIn('p21', REVIEWER);
  await office.go('/visits');
  await office.get('enter-leader-visit').click();
  await office.get('leader-dialog').waitFor();
  await office.settled();
  await office.pick('leader-id', 'p23');
  const day = office.get('leader-dialog').locator('.el-date-editor input');
  await day.fill('2026-10-19');
  await day.press('Enter');
  await unit(office, office.get('leader-unit').first(), 'hjz', '胡家庄村');
  await office.get('leader-topics').locator('label', { hasText: '农村党建' }).click();
  await office.field('leader-observations').fill('班子战斗力不强，集体经济收入单一');
  for (const [index, problem] of ['三会一课记录不全', '机动地合同到期未续签'].entries()) {
    await office.get('leader-add').click();
    await office.page.locator('textarea[data-test="leader-problem"], [data-test="leader-problem"] textarea').nth(index).fill(problem);
  }
  // What is typed outlives a page that is loaded again.
  await office.page.reload();
  await office.get('enter-leader-visit').click();
  await office.reads('班子战斗力不强，集体经济收入单一', '机动地合同到期未续签');
  await office.settled();
  await office.shot('leader-visit-form');
  await office.get('leader-save').click();
  await office.get('leader-visit').waitFor();
  await office.reads('LDR-1019-01', '领导调研', '农村党建', '三会一课记录不全', 'LDR-1019-01-F2');
  assert.equal(await office.get('return').count(), 0, 'there is no team to return it to');
  await office.shot('leader-visit');
  await office.go('/desk');
  const pool = office.get('findings').locator('tbody tr', { hasText: '机动地合同到期未续签' });
  await pool.waitFor();
  assert.match(await pool.innerText(), /领导调研/);
  assert.deepEqual(office.problems, []);
  await office.close();

  const leader = await Console.open(chrome, county.url, PHONE, (page) => page.clock.setFixedTime(new Date(county.moment)));
  await leader.signIn('p23', LEADER);
  await leader.page.waitForURL(/#\/overview/);
  const village = leader.get('flagged').locator('tbody tr', { hasText: '胡家庄村' });
  assert.match((await village.innerText()).replace(/\s+/g, ' '), /软弱涣散.*集体经济薄弱.*尚未督导.*2026年10月19日/);
  assert.match(await leader.get('flagged').locator('tbody tr', { hasText: '翟东村' }).innerText(), /2026年9月8日\s+尚未调研/);
  assert.equal(await leader.get('leaders').innerText(), '1 / 1');
  assert.match(await leader.page.locator('.figures').innerText(), /2 \/ 159/, 'it is no visit of a team');
  await leader.shot('phone-flagged');
  await leader.close();

  const views = (await county.office('access', 'list')).filter((row) => row.actor === 'p23').map((row) => `${row.event} ${row.subject}`);
  for (const wanted of [/^LIST_SHOWN GetStatistics$/, /^LIST_SHOWN ListFindings$/, /^LIST_SHOWN ListCoverage$/, /^RECORD_SHOWN GetFinding team-d2-2026\/late$/, /^FILE_SHOWN team-d2-2026\/file\//]) {
    assert.ok(views.some((one) => wanted.test(one)), `${wanted} is not among ${views.join(', ')}`);
  }
});

/** A unit by its pinyin initials. */
async function unit(office, select, typed, name) {
  await select.click();
  await select.locator('input').fill(typed);
  await office.settled();
  await office.page.locator('.el-select-dropdown__item:visible', { hasText: name }).first().click();
  await select.getByText(name).first().waitFor();
}
