// The console in a browser against a server that real tablets fill.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { browser, Console } from './console.mjs';
import { ADMIN_PASSWORD, County } from './county.mjs';

const REVIEWER = 'Quiet-River-8842';
const SECOND = 'Silver-Cloud-5520';
const EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
const VILLAGE = '140824103200';
let county, chrome, lead, inspector, number;

/** A visit that two people wrote offline: its note is a disagreement, and one of its texts is an attack. */
async function fillCounty() {
  lead = await county.tablet('p06');
  inspector = await county.tablet('p07');
  const [visit] = await inspector.run('new-visit', VILLAGE, '--inspector', 'p06');
  number = visit.temp_no ?? visit.visit;
  await inspector.run('edit', number, 'mode=四不两直', 'areas+=grid', 'contact_name=王三', 'contact_phone=13800001234', 'check_items[B3].result=否', `note=${EVIL}`);
  await inspector.run('sync');
  await lead.run('sync');
  await inspector.run('edit', number, 'sample_seed=随机数 4711');
  await lead.run('edit', number, 'sample_seed=按户籍册每十户抽一');
  await inspector.run('sync');
  await lead.run('sync');
  await inspector.run('sync');
}

before(async () => {
  county = await County.start('county');
  chrome = await browser();
  await fillCounty();
});
after(async () => {
  await chrome?.close();
  await county?.close();
});

async function reviewer() {
  const office = await Console.open(chrome, county.url);
  await office.signIn('p21', REVIEWER);
  return office;
}

test('signing in says that nothing classified belongs here, and what was wrong with a password', async () => {
  const office = await Console.open(chrome, county.url);
  assert.match(await office.get('not-classified').innerText(), /非涉密.*国家秘密/s);
  await office.shot('sign-in');
  await office.fillSignIn('p21', 'not the password');
  assert.match(await office.get('sign-in-error').innerText(), /用户编号或口令不正确/);
  await office.close();
});

test('a first password is changed before anything else', async () => {
  const office = await Console.open(chrome, county.url);
  await office.signInFirst('p21', await county.firstPassword('p21'), REVIEWER);
  assert.match(await office.get('who').innerText(), /赵审/);
  await office.page.waitForURL(/#\/desk/);
  await office.get('sign-out').click();
  await office.get('sign-in').waitFor();
  await office.close();
});

test('five wrong passwords lock the account, in words', async () => {
  const office = await Console.open(chrome, county.url);
  for (let i = 0; i < 6; i++) {
    await office.fillSignIn('p22', `wrong-password-${i}`);
    await office.get('sign-in-error').waitFor();
    await office.page.waitForFunction(() => document.querySelector('.el-button.is-loading') === null);
  }
  assert.match(await office.get('sign-in-error').innerText(), /锁定|频繁/);
  await office.close();
});

test('the token is in no address, and another tab is not signed in', async () => {
  const office = await reviewer();
  const addresses = [];
  office.page.on('request', (request) => addresses.push(request.url()));
  const token = await office.page.evaluate(() => JSON.parse(sessionStorage.getItem('dudao.session')).token);
  await office.go('/visits');
  await office.get('visits').waitFor();
  assert.ok(addresses.length > 0);
  assert.deepEqual(addresses.filter((address) => address.includes(token)), []);
  assert.deepEqual(await office.page.evaluate(() => Object.keys(localStorage).filter((key) => localStorage.getItem(key).includes('token'))), []);
  assert.equal(await office.page.evaluate(() => document.cookie), '');
  const other = await office.context.newPage();
  await other.goto(county.url);
  await other.locator('[data-test="sign-in"]').waitFor();
  await office.close();
});

test('a session that was planted before signing in is not the one that signs in', async () => {
  const office = await Console.open(chrome, county.url);
  await office.page.evaluate(() => sessionStorage.setItem('dudao.session', JSON.stringify({ token: 'planted', self: { personId: 'p21', name: '', role: 3, teamId: '' }, mustChange: false })));
  await office.page.reload();
  await office.get('session-ended').waitFor();
  await office.page.locator('input[name="password"]').fill(REVIEWER);
  await office.get('sign-in').click();
  await office.get('session-ended').waitFor({ state: 'hidden' });
  assert.notEqual(await office.page.evaluate(() => JSON.parse(sessionStorage.getItem('dudao.session')).token), 'planted');
  await office.close();
});

test('what a tablet wrote is shown as text, whatever it is', async () => {
  const office = await reviewer();
  await office.openVisit(number);
  await office.page.getByText('<img src=x onerror', { exact: false }).first().waitFor();
  assert.equal(await office.page.evaluate(() => window.hacked), undefined);
  assert.equal(await office.page.locator('img[src="x"]').count(), 0);
  assert.deepEqual(office.problems, []);
  await office.close();
});

test('personal data is masked until a purpose is given, and that is logged', async () => {
  const office = await reviewer();
  await office.openVisit(number);
  await office.get('contact').waitFor();
  assert.doesNotMatch(await office.get('contact').innerText(), /王三|13800001234/);
  await office.get('show-personal').click();
  await office.field('reason').fill('电话核实情况');
  await office.get('reason-confirm').click();
  await office.page.waitForFunction(() => document.querySelector('[data-test="contact"]').textContent.includes('13800001234'));
  const log = await county.office('access', 'list');
  assert.ok(JSON.stringify(log).includes('PERSONAL_DATA_SHOWN'));
  await office.close();
});

test('a disagreement is left to the lead, on whose tablet it is a task', async () => {
  const office = await reviewer();
  await office.go('/conflicts');
  await office.get('conflict-rows').getByRole('link').first().click();
  await office.get('to-lead').click();
  await office.field('reason').fill('请组长按抽样记录核定');
  await office.shot('conflict-to-lead');
  await office.get('reason-confirm').click();
  await office.page.getByText('下次同步后送达').waitFor();
  assert.equal(await office.get('conflicts').count(), 1, 'both values are still there');
  await lead.run('sync');
  const [task] = (await lead.run('tasks')).filter((one) => one.kind === 'OFFICE_TASK_KIND_SETTLE_CONFLICT');
  assert.equal(task.reason, '请组长按抽样记录核定');
  assert.equal(task.visit_temp_no, number);
  await office.close();
});

test('a page shows what a tablet delivers without a reload: news, with all timers of the page at rest', async () => {
  const office = await Console.open(chrome, county.url, {}, (page) => page.clock.install());
  await office.signIn('p21', REVIEWER);
  await office.go('/visits');
  await office.get('visits').locator('tbody tr').first().waitFor();
  await office.page.locator('[data-changes="news"]').waitFor();
  await office.page.clock.pauseAt(Date.now() + 1000);
  await inspector.run('new-visit', '140824103201', '--inspector', 'p06');
  await inspector.run('sync');
  await office.page.waitForFunction(() => document.querySelectorAll('[data-test="visits"] tbody tr').length === 2);
  await office.close();
});

test('where the stream of news is cut off, a page asks', async () => {
  const office = await Console.open(chrome, county.url, {}, (page) => page.route('**/events', (route) => route.abort()));
  await office.signIn('p21', REVIEWER);
  await office.go('/visits');
  await office.get('visits').locator('tbody tr').nth(1).waitFor();
  assert.equal(await office.page.locator('[data-changes="news"]').count(), 0);
  await inspector.run('new-visit', '140824103202', '--inspector', 'p06');
  await inspector.run('sync');
  await office.page.waitForFunction(() => document.querySelectorAll('[data-test="visits"] tbody tr').length === 3);
  await office.close();
});

test('a disagreement is settled in place and reaches the tablets', async () => {
  const office = await reviewer();
  await office.go('/conflicts');
  await office.get('conflict-rows').getByRole('link').first().click();
  await office.get('conflicts').waitFor();
  await office.shot('conflict');
  const value = office.get('conflicts').locator('.value', { hasText: '随机数 4711' });
  await value.locator('[data-test="settle"]').click();
  await office.get('conflicts').waitFor({ state: 'detached' });
  await inspector.run('sync');
  assert.deepEqual(await inspector.run('conflicts'), []);
  assert.ok(JSON.stringify(await inspector.run('show', number)).includes('随机数 4711'));
  await office.close();
});

test('two languages, two themes, and the pages stay whole', async () => {
  const office = await reviewer();
  for (const path of ['/desk', '/visits', '/conflicts', '/aside', '/board', '/ledgers']) {
    await office.go(path);
    await office.page.locator('.page-head h1').waitFor();
    await office.page.locator('.skeleton').first().waitFor({ state: 'hidden' });
    await office.shot(`zh-light${path.replace('/', '-')}`);
  }
  await office.get('language').click();
  await office.get('theme').click();
  for (const path of ['/desk', '/visits', '/board']) {
    await office.go(path);
    await office.page.locator('.skeleton').first().waitFor({ state: 'hidden' });
    await office.shot(`en-dark${path.replace('/', '-')}`);
    assert.ok(await office.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${path} does not fit`);
  }
  assert.deepEqual(office.problems, []);
  await office.close();
});

test('people get passwords and enrolment codes from the administrator', async () => {
  const office = await Console.open(chrome, county.url);
  await office.signIn('admin', ADMIN_PASSWORD);
  await office.go('/people');
  await office.get('person-p08').click();
  await office.page.locator('[data-test="enrol"]:visible').click();
  await office.get('qr').waitFor();
  assert.match(await office.get('code').innerText(), /^[0-9A-Z]{4}(-[0-9A-Z]{4}){2}$/);
  assert.ok(await office.get('qr').evaluate((picture) => picture.naturalWidth > 0));
  await office.shot('enrolment');
  assert.deepEqual(office.problems, []);
  await office.close();
});

test('a session that ends asks for the password above the page and loses nothing that was typed', async () => {
  await county.office('person', 'set', 'p24', '--name', '钱审二', '--role', 'reviewer', '--no-team');
  const office = await Console.open(chrome, county.url);
  await office.signInFirst('p24', await county.firstPassword('p24'), SECOND);
  await office.openVisit(number);
  await office.get('show-personal').click();
  await office.field('reason').fill('核对签字人，尚未提交');
  // Somebody resets the password: all sessions end.
  const first = await county.firstPassword('p24');
  await office.get('reason-confirm').click();
  await office.get('session-ended').waitFor();
  await office.settled();
  await office.shot('session-ended');
  await office.page.locator('input[name="password"]').fill(first);
  await office.get('sign-in').click();
  await office.get('change-password').waitFor();
  for (const [name, text] of [['old-password', first], ['new-password', 'Golden-Field-1177'], ['new-password-again', 'Golden-Field-1177']]) await office.field(name).fill(text);
  await office.get('change-password').click();
  await office.get('show-personal').click();
  assert.equal(await office.field('reason').inputValue(), '核对签字人，尚未提交');
  await office.close();
});
