// US-08: a county leader on a phone, from what is red to one finding and its photo.
import assert from 'node:assert/strict';
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
});
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
  assert.deepEqual(figures.map((one) => one.replace(/\s+/g, ' ')), ['逾期 1', '未销号 1', '问题 2', '已督导单位 2 / 159']);
  assert.deepEqual(await office.get('township').allInnerTexts(), ['翟店镇'], 'what waits for the office is not red');
  await office.shot('phone-overview');

  await office.get('township').tap();
  const row = office.get('findings').locator('tbody tr', { hasText: '楼梯扶手破损' });
  await row.waitFor();
  assert.equal(await office.get('findings').locator('tbody tr').count(), 1);
  await fits('findings');
  const overflow = await row.evaluate((element) => {
    for (let at = element.closest('table').parentElement; at !== null; at = at.parentElement) if (at.scrollWidth > at.clientWidth) return getComputedStyle(at).overflowX;
    return 'none';
  });
  assert.equal(overflow, 'auto', 'a wide list can be moved to its last columns');
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
