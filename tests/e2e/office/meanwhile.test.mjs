// A tablet writes while the office decides: what was decided is bound to what was read, and nothing is lost on either side.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { browser, Console } from './console.mjs';
import { County } from './county.mjs';

const VILLAGE = '140824103200';
const PASSWORD = 'Quiet-River-8842';
let county, chrome, lead, inspector;

before(async () => {
  county = await County.start('meanwhile', '2026-09-21T08:00:00+08:00');
  chrome = await browser();
  [lead, inspector] = [await county.tablet('p06'), await county.tablet('p07')];
  await county.person('p21', PASSWORD);
});
after(async () => {
  await chrome?.close();
  await county?.close();
});

async function submitted(day, finding) {
  const edits = finding === undefined ? [] : [`findings[${finding}].problem=扶手破损`, `findings[${finding}].owner_unit=${VILLAGE}`, `findings[${finding}].level=一般`];
  const number = await inspector.visit(VILLAGE, day, 'p08', ...edits);
  await lead.submit(number);
  await inspector.run('sync');
  return number;
}

async function open(path) {
  const office = await Console.open(chrome, county.url, {}, (page) => page.clock.setFixedTime(new Date(county.moment)));
  await office.signIn('p21', PASSWORD);
  await office.go(path);
  return office;
}

/** The same on both sides: server and tablets after they have talked. */
async function assertSame(number) {
  for (const tablet of [lead, inspector, lead]) await tablet.run('sync');
  const there = await county.visitOf(number);
  for (const tablet of [lead, inspector]) assert.deepEqual(await tablet.visitOf(number), there);
  return there;
}

test('a supplement arrives while the reason is typed: nothing is decided before it was read', async () => {
  const number = await submitted('2026-09-21');
  const office = await open(await county.pageOf(number));
  await office.get('return').click();
  await office.field('reason').fill('请补充照片。');
  await inspector.run('supplement', number, '次日收到村委会的说明');
  await inspector.run('sync');
  await office.get('newer').waitFor();
  await office.get('reason-confirm').click();
  await office.get('changes').waitFor();
  assert.match(await office.get('changes').innerText(), /次日收到村委会的说明/);
  assert.equal(await office.field('reason').inputValue(), '请补充照片。');
  assert.equal((await county.visitOf(number)).state, 'VISIT_STATE_SUBMITTED');
  await office.shot('meanwhile-supplement');
  await office.get('reason-confirm').click();
  await office.get('review').waitFor();
  await office.reads('次日收到村委会的说明', '请补充照片。');
  assert.deepEqual(office.problems, []);
  await office.close();
  const visit = await assertSame(number);
  assert.equal(visit.state, 'VISIT_STATE_RETURNED');
  assert.deepEqual(visit.supplements.map((one) => one.text), ['次日收到村委会的说明']);
});

test('a supplement to a finding arrives while its limit is chosen', async () => {
  const number = await submitted('2026-09-22', 'stair');
  const office = await open('/findings/team-d2-2026/stair');
  await office.get('do-CONFIRM').click();
  await office.get('owner-unit').click();
  await office.get('owner-unit').locator('input').fill('zdz');
  await office.page.locator('.el-select-dropdown__item:visible', { hasText: '翟店镇' }).first().click();
  await office.page.locator('#demand').fill('更换扶手');
  await inspector.run('supplement', number, '当天又有人摔倒', '--finding', 'stair');
  await inspector.run('sync');
  await office.get('action-confirm').click();
  await office.get('changes').waitFor();
  assert.match(await office.get('changes').innerText(), /当天又有人摔倒/);
  assert.equal(await office.page.locator('#demand').inputValue(), '更换扶手');
  await office.shot('meanwhile-finding');
  await office.get('action-confirm').click();
  await office.get('action-dialog').waitFor({ state: 'hidden' });
  await office.page.locator('aside .card-head', { hasText: '已认定' }).first().waitFor();
  assert.equal(await office.get('stale').count(), 0, 'it was decided on what is there');
  await office.page.locator('dd', { hasText: '翟店镇' }).first().waitFor();
  assert.deepEqual(office.problems, []);
  await office.close();
  assert.equal((await assertSame(number)).supplements.length, 1);
});

test('what was written offline before a decision, and arrives after it, marks the decision', async () => {
  const number = await submitted('2026-09-23', 'well');
  county.at('2026-09-23T10:00:00+08:00');
  await inspector.run('supplement', number, '井盖仍未盖上', '--finding', 'well');
  county.at('2026-09-23T11:00:00+08:00');
  const path = await county.pageOf(number);
  const office = await open('/findings/team-d2-2026/well');
  await office.act('CONFIRM');
  await office.go(path);
  await office.get('confirm').click();
  await office.get('reason-confirm').click();
  await office.get('review').waitFor();
  assert.equal(await office.get('stale').count(), 0);
  county.at('2026-09-23T12:00:00+08:00');
  await inspector.run('sync');
  await office.get('newer').getByRole('button').click();
  await office.get('stale').waitFor();
  await office.reads('井盖仍未盖上');
  await office.shot('meanwhile-stale-visit');
  await office.go('/findings/team-d2-2026/well');
  await office.get('stale').waitFor();
  await office.shot('meanwhile-stale-finding');
  await office.go('/findings');
  await office.get('findings').locator('tr[data-key="team-d2-2026/well"]').getByText('决定后有变化').waitFor();
  assert.deepEqual(office.problems, []);
  await office.close();
  assert.equal((await assertSame(number)).state, 'VISIT_STATE_CONFIRMED');
});

test('a third value arrives while a disagreement is settled', async () => {
  const third = await county.tablet('p08');
  county.at('2026-09-24T09:00:00+08:00');
  const [{ temp_no: number }] = await inspector.run('new-visit', VILLAGE, '--inspector', 'p08');
  await inspector.run('sync');
  for (const tablet of [lead, third]) await tablet.run('sync');
  await inspector.run('edit', number, 'sample_seed=甲');
  await lead.run('edit', number, 'sample_seed=乙');
  await third.run('edit', number, 'sample_seed=丙');
  for (const tablet of [inspector, lead]) await tablet.run('sync');
  const office = await open(await county.pageOf(number));
  const values = office.get('conflicts').locator('.value');
  await values.nth(1).waitFor();
  await third.run('sync');
  await values.filter({ hasText: '乙' }).locator('[data-test="settle"]').click();
  await values.nth(2).waitFor();
  await office.reads('甲', '乙', '丙');
  await office.shot('meanwhile-third-value');
  await values.filter({ hasText: '丙' }).locator('[data-test="settle"]').click();
  await office.get('conflicts').waitFor({ state: 'detached' });
  assert.deepEqual(office.problems, []);
  await office.close();
  await third.run('sync');
  assert.equal((await assertSame(number)).sample_seed, '丙');
  assert.deepEqual(await third.visitOf(number), await county.visitOf(number));
});
