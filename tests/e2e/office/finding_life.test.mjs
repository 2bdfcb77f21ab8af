// US-04 and US-05 in the browser: findings are taken up across the National Day, and one of them lives until it is struck
// off and comes back.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { browser, Console } from './console.mjs';
import { County } from './county.mjs';

const VILLAGE = '140824103200'; // 翟东村 in 翟店镇
const PASSWORDS = { p21: 'Quiet-River-8842', r01: 'Bright-Field-2207' };
let county, chrome, zhang, li, wang;

const finding = (id, problem, level) => [`findings[${id}].problem=${problem}`, `findings[${id}].owner_unit=${VILLAGE}`, `findings[${id}].level=${level}`];

before(async () => {
  county = await County.start('life', '2026-09-21T08:00:00+08:00');
  chrome = await browser();
  [zhang, li, wang] = [await county.tablet('p06'), await county.tablet('p07'), await county.tablet('p08')];
  const [lead4, four] = [await county.tablet('p16'), await county.tablet('p17')];
  await zhang.submit(await li.visit(VILLAGE, '2026-09-21', 'p09', ...finding('stair2', '村委会楼梯扶手破损', '一般'), ...finding('ledger', '台账与公示牌不一致', '一般'), ...finding('money', '扶持资金未到位', '较重')));
  await lead4.submit(await four.visit(VILLAGE, '2026-09-22', 'p18', ...finding('stair4', '楼梯扶手破损', '一般')));
  county.at('2026-09-28T09:30:00+08:00');
  await county.signInAgain();
  await county.office('import', 'measures', join(process.env.DUDAO_SOURCE_DIR, 'data', 'measures-default.csv'));
  await county.office('person', 'set', 'r01', '--name', '翟店联络', '--role', 'reporter', '--team', '140824103');
  for (const [person, password] of Object.entries(PASSWORDS)) {
    const office = await Console.open(chrome, county.url);
    await office.signInFirst(person, await county.firstPassword(person), password);
    await office.close();
  }
});
after(async () => {
  await chrome?.close();
  await county?.close();
});

/** Somebody at the console at this hour, who then does something. */
async function as(person, path, what) {
  const office = await Console.open(chrome, county.url, {}, (page) => page.clock.setFixedTime(new Date(county.moment)));
  await office.signIn(person, PASSWORDS[person]);
  await office.go(path);
  await what(office);
  assert.deepEqual(office.problems, []);
  await office.close();
}
const page = (id) => `/findings/team-d2-2026/${id}`;
const state = (office, text) => office.page.locator('aside .card-head', { hasText: text }).first().waitFor();

test('US-04: merged, returned, confirmed and issued; the due days jump the National Day, the numbers follow each other', async () => {
  await as('p21', '/desk', async (office) => {
    await office.get('findings').locator('tbody tr').nth(3).waitFor();
    assert.equal(await office.get('findings').locator('tbody tr').count(), 4, 'each once');
    await office.shot('findings');
  });
  await as('p21', '/findings/team-d4-2026/stair4', async (office) => {
    await office.act('MERGE', async () => {
      await office.get('alike').filter({ hasText: '村委会楼梯扶手破损' }).click();
      await office.shot('merge');
    });
    await state(office, '合并');
  });
  await as('p21', page('ledger'), async (office) => {
    await office.act('RETURN', () => office.field('reason').fill('请写明是哪一块公示牌'));
    await state(office, '退回');
  });
  await as('p21', page('stair2'), async (office) => {
    await office.act('CONFIRM', async () => {
      await office.pick('limit-unit', '工作日');
      await office.field('limit-amount').fill('5');
      await office.field('limit-amount').press('Tab');
      await office.shot('confirm');
    });
    await office.act('ISSUE', async () => assert.match(await office.get('action-dialog').innerText(), /2026年10月10日|2026-10-10|10月10日/));
    assert.match(await office.page.locator('.page-head h1').innerText(), /〔2026〕1号/);
  });
  // The server is killed in between.
  county.server.kill('SIGKILL');
  await new Promise((resolve) => county.server.once('exit', resolve));
  await county.serve();
  await as('p21', page('money'), async (office) => {
    await office.act('CONFIRM', async () => {
      await office.settled();
      await office.get('measure-id').click();
      await office.get('measure-id').locator('input').fill('1-01-002');
      await office.page.locator('.el-select-dropdown__item:visible', { hasText: '重划过大过小的网格' }).click();
      await office.get('measure-id').getByText('1-01-002').first().waitFor();
      await office.shot('measure');
    });
    await office.get('own-measure').getByText('1-01-002 按户数和地形重划过大过小的网格').waitFor();
    await office.act('ISSUE');
    assert.match(await office.page.locator('.page-head h1').innerText(), /〔2026〕2号/);
    assert.match(await office.page.locator('aside').innerText(), /10月28日|10-28/);
    const download = office.page.waitForEvent('download');
    await office.get('notice-docx').click();
    assert.match((await download).suggestedFilename(), /\.docx$/);
    await office.shot('issued');
  });
  await li.run('sync');
  const task = (await li.run('tasks')).find((one) => one.finding_id === 'ledger');
  assert.equal(task.reason, '请写明是哪一块公示牌');
});

test('US-05: the unit answers on its own page, the office enters what came on paper, and more time is granted once', async () => {
  await as('r01', '/answers', async (office) => {
    await office.get('findings').locator('tbody tr', { hasText: '〔2026〕2号' }).click();
    await office.act('RECEIVE', () => office.field('received-by').fill('张镇长'));
    await state(office, '已签收');
    await office.shot('reporter');
  });
  county.at('2026-10-01T10:00:00+08:00');
  await as('p21', page('money'), async (office) => {
    await office.act('PLAN', async () => {
      assert.match(await office.get('action-dialog').innerText(), /代录/);
      await office.field('measure').fill('督促拨付');
      await office.field('plan-person').fill('李干事');
      await office.pickDay('2026-10-20');
    });
    await state(office, '整改中');
    assert.match(await office.page.locator('[data-test="timeline"]').innerText(), /代录/);
  });
  await as('r01', page('money'), async (office) => {
    await office.act('ASK_EXTENSION', () => office.field('reason').fill('上级资金未到'));
    assert.equal(await office.get('do-GRANT_EXTENSION').count(), 0, 'a unit grants itself nothing');
  });
  await as('p21', page('money'), async (office) => {
    await office.act('GRANT_EXTENSION');
    assert.match(await office.page.locator('aside').innerText(), /11月4日|11-04/);
  });
  await as('r01', page('money'), async (office) => {
    assert.equal(await office.get('do-ASK_EXTENSION').count(), 0, 'more time is granted once');
    county.at('2026-10-20T10:00:00+08:00');
  });
  await as('r01', page('money'), async (office) => {
    await office.act('REPLY', async () => {
      await office.field('result').fill('资金已到位');
      await office.pickDay('2026-10-20');
    });
    await state(office, '待核查');
  });
});

/** What the office does with a look-back of this result, by this tablet. */
async function lookedAt(tablet, day, result, note) {
  await zhang.submit(await tablet.visit(VILLAGE, day, 'p09', `lookback_items[money].result=${result}`, `lookback_items[money].note=${note}`));
}

test('US-05: never struck off by its finder, reworked, struck off, and back when it is found again', async () => {
  await as('p21', page('money'), async (office) => {
    await office.act('SEND_LOOK_BACK');
    await office.get('timeline').getByText('第二督导组').waitFor();
  });
  await wang.run('sync');
  assert.ok((await wang.run('tasks')).some((one) => one.kind === 'OFFICE_TASK_KIND_LOOK_BACK' && one.finding_id === 'money'));
  await lookedAt(li, '2026-10-21', '已整改', '本人查看');
  await as('p21', page('money'), async (office) => {
    await office.page.getByText('本人查看').waitFor();
    await office.get('do-CHECK').waitFor();
    await office.get('do-CHECK').click();
    await office.get('action-confirm').click();
    await office.get('action-dialog').locator('[role="alert"]').waitFor();
    assert.match(await office.get('action-dialog').locator('[role="alert"]').innerText(), /发现/, 'its finder may not');
    await office.shot('finder-refused');
  });
  await lookedAt(wang, '2026-10-22', '部分', '还差一笔');
  await as('p21', page('money'), async (office) => {
    await office.act('CHECK', () => office.page.locator('.vertical label', { hasText: '部分' }).click());
    await state(office, '退回整改');
  });
  await as('p21', page('money'), async (office) => {
    await office.act('REPLY', async () => {
      await office.field('result').fill('全部到位');
      await office.pickDay('2026-10-22');
    });
  });
  await lookedAt(wang, '2026-10-24', '已整改', '全部到账');
  await as('p21', page('money'), async (office) => {
    const name = (await office.get('do-CLOSE').count()) > 0 ? 'CLOSE' : 'CHECK';
    await office.act(name, () => office.page.locator('.vertical label', { hasText: '10月24' }).click());
    await state(office, '已销号');
    await office.shot('struck-off');
  });
  await zhang.submit(await wang.visit(VILLAGE, '2026-12-21', 'p09', 'lookback_items[money].result=反弹', 'lookback_items[money].note=资金被挪用'));
  await as('p21', page('money'), async (office) => {
    await office.act('REOPEN', async () => {
      await office.page.locator('label', { hasText: '资金被挪用' }).click();
      await office.field('reason').fill('资金被挪用');
    });
    await state(office, '反弹');
    const steps = await office.page.locator('[data-test="timeline"]').innerText();
    for (const word of ['已销号', '反弹']) assert.ok(steps.includes(word), word);
    await office.shot('reopened');
  });
});
