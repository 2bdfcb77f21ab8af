// Figures and files: the month board, coverage, charts and ledgers say what was written, and no text in a ledger is a formula.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { browser, Console } from './console.mjs';
import { County } from './county.mjs';
import { sheetsOf, unzip } from './xlsx.mjs';

const PASSWORD = 'Quiet-River-8842';
const [EAST, WEST, RIVER] = ['140824103200', '140824103201', '140824104200']; // 翟东村, 翟西村 in 翟店镇; 清河村 in 清河镇
const HOUR = 3600_000;
/** Beginnings that a program for tables takes for a formula. */
const FORMULAS = { problem: '=HYPERLINK("http://example.invalid","点我")', measure: '+1+2', leader: '-2+3', person: '@SUM(1)', other: '\t=1+1' };
let county, chrome, numbers;

before(async () => {
  county = await County.start('figures', '2026-09-08T08:00:00+08:00');
  chrome = await browser();
  const [lead2, two, lead4, four] = [await county.tablet('p06'), await county.tablet('p07'), await county.tablet('p16'), await county.tablet('p17')];
  const finding = (id, problem, level, code, unit) => [`findings[${id}].problem=${problem}`, `findings[${id}].level=${level}`, `findings[${id}].check_code=${code}`, `findings[${id}].owner_unit=${unit}`];
  const fix = JSON.stringify({ longitude: 111.01, latitude: 35.52, accuracyM: 9, crs: 'COORDINATE_SYSTEM_WGS84', source: 'FIX_SOURCE_SATELLITE' });
  const first = await two.visit(EAST, '2026-09-08', 'p08', `fix=${fix}`, ...finding('a', FORMULAS.problem, '一般', 'B3', EAST), ...finding('b', FORMULAS.other, '较重', 'C1', EAST));
  await lead2.submit(first);
  const second = await two.visit(WEST, '2026-09-21', 'p08');
  await lead2.submit(second);
  const short = await four.visit(RIVER, '2026-09-21', 'p18', `left_at_ms=${Date.parse('2026-09-21T12:00:00+08:00')}`, ...finding('c', '楼梯扶手破损', '立行立改', 'B3', RIVER));
  await lead4.submit(short);
  await two.run('new-visit', WEST, '--inspector', 'p08'); // A draft counts nowhere.
  await two.run('sync');
  numbers = [first, second, short];
  const reviewer = await county.person('p21', PASSWORD);
  for (const [one, level] of [['a', '一般'], ['c', '立行立改']]) {
    await reviewer('review', 'decide-finding', one, 'confirm', '--level', level);
    await reviewer('review', 'decide-finding', one, 'issue');
  }
  await reviewer('review', 'answer', 'a', 'received', '--by', '张镇长', '--on-behalf');
  await reviewer('review', 'answer', 'a', 'plan', '--measure', FORMULAS.measure, '--by', FORMULAS.leader, '--person', FORMULAS.person, '--date', '2026-09-25', '--on-behalf');
  county.at('2026-10-20T09:00:00+08:00');
});
after(async () => {
  await chrome?.close();
  await county?.close();
});

async function as(path, what) {
  const office = await Console.open(chrome, county.url, {}, (page) => page.clock.setFixedTime(new Date(county.moment)));
  await office.signIn('p21', PASSWORD);
  await office.go(path);
  await what(office);
  assert.deepEqual(office.problems, []);
  await office.close();
}

test('the month board counts visits, half-months and hours', async () => {
  await as('/board', async (office) => {
    await office.page.getByRole('button', { name: '上一月' }).click();
    const team = (id) => office.page.locator(`[data-team="${id}"]`);
    await team('D2').locator('li.visit').nth(1).waitFor();
    assert.deepEqual(await team('D2').locator('li.visit .number').allInnerTexts(), ['8', '21']);
    assert.equal(await team('D2').locator('.tag.good').count(), 3);
    assert.deepEqual(await team('D2').locator('li.visit .length').allInnerTexts(), ['6小时', '6小时']);
    assert.equal(await team('D4').locator('li.visit.short').count(), 1);
    assert.equal(await team('D4').locator('.tag.good').count(), 1);
    assert.equal(await team('D4').locator('.tag.warn').count(), 2, 'not twice, and nothing in the first half');
    assert.equal(await team('D1').locator('li.visit').count(), 0);
    await office.shot('board');
  });
});

test('coverage: when each unit was last seen, what is open there, where it is', async () => {
  await as('/coverage', async (office) => {
    const cells = (unit) => office.page.locator(`[data-unit="${unit}"] td`).allInnerTexts();
    await office.page.locator(`[data-unit="${EAST}"]`).waitFor();
    const east = await cells(EAST);
    assert.match(east[2], /2026年9月8日.*第二督导组/);
    assert.equal(east[4], '1');
    assert.match(east[5], /^1\s*（逾期\s*1）$/);
    assert.deepEqual((await cells(WEST)).slice(3), ['', '1', '0'], 'no leader was there');
    assert.match((await cells(RIVER))[5], /^1/);
    await office.reads('已督导 3 / 159');
    const units = await office.get('coverage').locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.dataset.unit));
    assert.deepEqual(units.slice(-3), [EAST, WEST, RIVER], 'those not seen for longest first');
    const point = office.page.locator('circle.unit');
    assert.equal(await point.count(), 1);
    await point.click();
    await office.page.locator(`tr.at[data-unit="${EAST}"]`).waitFor();
    await office.shot('coverage');
    await office.page.locator('#search').fill('zdc');
    await office.page.waitForFunction((unit) => Array.from(document.querySelectorAll('[data-test="coverage"] tbody tr'), (row) => row.dataset.unit).includes(unit), EAST);
    assert.ok((await office.get('coverage').locator('tbody tr').count()) < 5);
  });
});

test('charts draw, and say the figures that follow from what was written', async () => {
  await as('/statistics', async (office) => {
    await office.get('chart-month').waitFor();
    const figures = await office.page.locator('.figures > div').allInnerTexts();
    assert.deepEqual(figures.map((one) => one.replace(/\s+/g, ' ')), ['督导次数 3', '已督导单位 3 / 159', '问题 3', '未销号 2', '逾期 2']);
    const words = {
      area: ['网格治理 2，未销号 2，逾期 2', '集体经济 1，未销号 0，逾期 0'],
      township: ['翟店镇 2，未销号 1，逾期 1', '清河镇 1，未销号 1，逾期 1'],
      level: ['立行立改 1，未销号 1，逾期 1', '一般 1，未销号 1，逾期 1', '较重 1，未销号 0，逾期 0'],
      state: ['待认定 1，未销号 0，逾期 0', '已下发 1，未销号 1，逾期 1', '整改中 1，未销号 1，逾期 1'],
      month: ['2026年9月 3，未销号 2，逾期 2'],
    };
    for (const [name, expected] of Object.entries(words)) {
      const chart = office.get(`chart-${name}`);
      const label = await chart.getAttribute('aria-label');
      for (const one of expected) assert.ok(label.includes(one), `${name}: ${one} in ${label}`);
      assert.equal(label.split('；').length, expected.length, label);
      const bars = await chart.locator('svg path').evaluateAll((all) => all.filter((path) => path.getBBox().width > 5 && path.getBBox().height > 5 && (path.getAttribute('fill') ?? 'none') !== 'none').length);
      assert.ok(bars >= expected.length, `${name} draws ${bars} bars`);
    }
    await office.shot('statistics');
  });
});

async function download(office, kind) {
  const file = office.page.waitForEvent('download');
  await office.get(`export-${kind}`).click();
  return sheetsOf(readFileSync(await (await file).path()));
}
const [FINDINGS, VISITS, COVERAGE] = [1, 2, 3];
/** A ledger by its titles: rows as objects. */
function table({ rows: [, titles, ...rows] }) {
  return rows.map((row) => Object.fromEntries(row.map((cell, index) => [titles[index].text, cell.text])));
}

test('each ledger says what was written, and nothing in it is a formula', async () => {
  await as('/ledgers', async (office) => {
    await office.get('export-1').waitFor();
    await office.shot('ledgers');
    const [findings] = await download(office, FINDINGS);
    assert.match(findings.rows[0][0].text, /问题整改台账/);
    const byProblem = new Map(table(findings).map((row) => [row['问题描述'].trim(), row]));
    assert.deepEqual([...byProblem.keys()].sort(), [FORMULAS.problem, FORMULAS.other.trim(), '楼梯扶手破损'].sort());
    const issued = byProblem.get(FORMULAS.problem);
    const expected = { 督导组: '第二督导组', 督导日期: '2026-09-08', 乡镇: '翟店镇', '村(社区)/单位': '翟东村', 方面: '网格治理', 等级: '一般', 责任单位: '翟东村', 责任领导: FORMULAS.leader, 责任人: FORMULAS.person, 整改措施: FORMULAS.measure, 进展: '整改中', 是否销号: '否', 返工次数: '0', 红黄绿灯: '红', 备注: '代录' };
    for (const [title, text] of Object.entries(expected)) assert.equal(issued[title], text, title);
    assert.match(issued['编号'], /〔2026〕1号/);
    const [visits] = await download(office, VISITS);
    assert.deepEqual(table(visits).filter((row) => row['状态'] !== '草稿').map((row) => [row['编号'], row['问题数']]).sort(), [[numbers[0], '2'], [numbers[1], '0'], [numbers[2], '1']].sort());
    const [coverage] = await download(office, COVERAGE);
    const east = table(coverage).find((row) => row['编码'] === EAST);
    assert.deepEqual([east['最近督导'], east['督导次数'], east['未销号问题'], east['逾期问题']], ['2026-09-08', '1', '1', '1']);
    for (const sheet of [findings, visits, coverage]) assert.deepEqual(sheet.rows.flat().filter((cell) => cell.computed), [], sheet.name);
  });
});

test('one sheet a township, only what was asked for', async () => {
  await as('/ledgers', async (office) => {
    await office.page.locator('.el-checkbox', { hasText: '乡镇' }).click();
    const sheets = await download(office, FINDINGS);
    assert.deepEqual(sheets.map((sheet) => sheet.name).sort(), ['清河镇', '翟店镇']);
    for (const sheet of sheets) assert.ok(table(sheet).every((row) => row['乡镇'] === sheet.name));
    assert.equal(table(sheets.find((sheet) => sheet.name === '翟店镇')).length, 2);
    await office.page.locator('.el-select', { hasText: '督导组' }).click();
    await office.page.locator('.el-select-dropdown__item:visible', { hasText: '第四督导组' }).click();
    assert.deepEqual((await download(office, FINDINGS)).map((sheet) => sheet.name), ['清河镇']);
  });
});

test('a notice and a record on paper carry the texts as texts', async () => {
  await as('/findings/team-d2-2026/a', async (office) => {
    const file = office.page.waitForEvent('download');
    await office.get('notice-docx').click();
    const notice = unzip(readFileSync(await (await file).path())).get('word/document.xml');
    assert.ok(notice.includes('=HYPERLINK(&quot;http://example.invalid&quot;') || notice.includes('=HYPERLINK("http://example.invalid"'));
    assert.doesNotMatch(notice, /<w:(hyperlink|fldSimple|instrText)/);
    assert.ok(notice.includes('翟东村'));
  });
});
