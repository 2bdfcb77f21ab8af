// Texts that attack whoever reads them, in every field that a tablet, a list, a unit or a stranger can write. Each page of
// the console shows them as text.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { browser, Console } from './console.mjs';
import { ADMIN_PASSWORD } from './county.mjs';
import { evil, FINDING, hostileCounty, PASSWORDS, SHORT } from './hostile_county.mjs';

let county, chrome, signed, draft;

before(async () => {
  ({ county, signed, draft } = await hostileCounty());
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await county?.close();
});

/** Nothing of what was written became more than text. */
async function onlyText(office, where) {
  const found = await office.page.evaluate(() => ({
    ran: window.hacked,
    elements: Array.from(document.querySelectorAll('img[src="x"], svg[onload], [onerror], [onload], script:not([src])'), (one) => one.outerHTML.slice(0, 80)),
  }));
  assert.deepEqual(found, { ran: undefined, elements: [] }, where);
}

/** Each page with what is to be read there, and what a hand does on it. */
async function walk(person, password, pages) {
  const office = await Console.open(chrome, county.url, {}, (page) => page.clock.setFixedTime(new Date(county.moment)));
  await office.signIn(person, password);
  for (const [path, texts, act] of pages) {
    await office.go('/nowhere');
    await office.page.getByRole('heading', { name: '没有这个页面' }).waitFor();
    await office.go(path);
    await office.reads(...texts);
    await act?.(office);
    await onlyText(office, path);
    await office.shot(`hostile-${person}${path.split('/').slice(0, 2).join('-')}`);
  }
  assert.deepEqual(office.problems, []);
  await office.close();
}

const findingPage = `/findings/team-d2-2026/${encodeURIComponent(FINDING)}`;

test('on the record, in its history and in what is unmasked', async () => {
  const [one, other] = [await county.pageOf(signed), await county.pageOf(draft)];
  const written = ['contact_role', 'note', 'feedback_points', 'unit_opinion', 'objection_text', 'name', 'period', 'place', 'grid_code', 'situation', 'category', 'concern', 'post', 'question', 'check-note', 'refusal', 'no-fix', 'caption', 'loose-caption', 'supplement'];
  const finding = ['problem', 'detail', 'category', 'basis', 'owner_unit', 'advice', 'measure_id'].map((name) => evil(`finding-${name}`));
  await walk('p21', PASSWORDS.p21, [
    [one, [...written.map(evil), ...finding, 'form-area<img src=x>', 'form-section<img src=x>', 'form-item<img src=x>', 'form-input<img src=x>', evil('village')], async (office) => {
      await office.get('show-personal').click();
      await office.field('reason').fill(evil('purpose'));
      await office.get('reason-confirm').click();
      await office.reads(evil('contact_name'));
      await office.page.getByRole('button', { name: evil('loose-caption') }).click();
      await office.get('photo-full').waitFor();
      await onlyText(office, 'photo');
      await office.page.keyboard.press('Escape');
      await office.get('photo-full').waitFor({ state: 'hidden' });
      await office.page.keyboard.press('h');
      await office.get('history').waitFor();
      await office.get('history').locator('.el-checkbox').click();
      await office.reads(evil('sample_seed'), evil('note'));
    }],
    [other, [evil('one'), evil('other'), evil('signer-role'), evil('look-back'), evil('stray-note'), SHORT], async (office) => {
      await office.get('to-lead').click();
      await office.field('reason').fill(evil('to-lead'));
      await office.get('reason-confirm').click();
      await office.page.locator('.el-message').waitFor();
    }],
    ['/conflicts', [evil('one'), evil('other'), evil('village')]],
  ]);
});

test('on the finding and its notice', async () => {
  const facts = ['demand', 'measure', 'extension', 'refused', 'reply', 'finding-problem', 'finding-basis', 'caption'].map(evil);
  await walk('p21', PASSWORDS.p21, [
    [findingPage, facts, async (office) => {
      await office.act('CHECK', async () => {
        await onlyText(office, 'dialog');
        await office.page.locator('.el-radio-button', { hasText: '书面' }).click();
        await office.page.locator('[data-test="conclusion"] label', { hasText: '部分' }).click();
        await office.field('check-note').fill(evil('check'));
      });
      await office.reads(evil('check'));
    }],
    [`${findingPage}/notice`, ['demand', 'measure', 'finding-problem', 'finding-basis', 'village'].map(evil)],
  ]);
});

test('in lists, filters, the map and the charts', async () => {
  await walk('p21', PASSWORDS.p21, [
    ['/desk', []],
    ['/findings', ['finding-problem', 'village', 'township'].map(evil)],
    ['/visits', ['village', 'township'].map(evil), async (office) => {
      await office.page.locator('.el-select', { hasText: '乡镇' }).first().click();
      await office.page.locator('.el-select-dropdown__item:visible', { hasText: evil('township') }).waitFor();
      await office.field('search').fill(evil('village'));
    }],
    ['/aside', [evil('aside')]],
    ['/board', []],
    ['/coverage', ['village', 'township'].map(evil)],
    ['/statistics', [evil('township')], async (office) => {
      const chart = office.get('chart-township');
      await chart.hover();
      await chart.locator('div', { hasText: evil('township') }).first().waitFor();
      await onlyText(office, 'tooltip');
    }],
    ['/ledgers', []],
  ]);
});

test('where people, tablets, logs and the server are shown', async () => {
  await county.office('sign-in', '--server', county.address, '--person', evil('stranger'), '--password-file', county.secret('wrong', 'No-Such-Person-1')).catch(() => undefined);
  await county.signInAgain();
  await walk('admin', ADMIN_PASSWORD, [
    ['/people', ['person', 'reporter'].map(evil)],
    ['/devices', ['device', 'lost-device', 'revoked', 'person'].map(evil).concat(SHORT).filter((text) => !text.startsWith('person'))],
    ['/logs', [evil('purpose')], async (office) => {
      await office.page.getByText('授权记录').click();
      await office.reads(evil('revoked'));
    }],
    ['/server', []],
    ['/aside', []],
  ]);
});

test('for the leader and for the unit that answers', async () => {
  await walk('p23', PASSWORDS.p23, [
    ['/overview', ['finding-problem', 'village', 'township'].map(evil)],
    [findingPage, ['reply', 'measure'].map(evil)],
  ]);
  await walk('r01', PASSWORDS.r01, [
    ['/answers', ['finding-problem', 'village'].map(evil)],
    [findingPage, ['measure', 'extension', 'reply'].map(evil)],
  ]);
});
