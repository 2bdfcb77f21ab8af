// What each role is offered, and what it gets by typing addresses or calling the server by hand.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { browser, Console } from './console.mjs';
import { County } from './county.mjs';

const PASSWORDS = { p21: 'Quiet-River-8842', p23: 'Broad-Meadow-3310', r01: 'Bright-Field-2207', p07: 'Early-Harvest-6150', p02: 'North-Window-9072' };
const HOMES = { p21: '/desk', p23: '/overview', r01: '/answers', p07: '/findings', p02: '/findings' };
const OWN = '扶手破损待修';
const OTHERS = '公示栏长期空白';
const DRAFT = '草稿中的记录';
const [OWN_PAGE, OTHERS_PAGE] = ['own', 'others'].map((id) => `/findings/team-d2-2026/${id}`);
const PAGES = ['/desk', '/overview', '/answers', '/findings', '/visits', '/conflicts', '/aside', '/board', '/coverage', '/statistics', '/ledgers', '/people', '/devices', '/logs', '/server'];
/** Everything that changes something. */
const DECIDING = '[data-test^="do-"], [data-test="more-actions"], [data-test="confirm"], [data-test="return"], [data-test="dismiss"], [data-test="settle"], [data-test="to-lead"], [data-test="show-personal"], [data-test="add-person"]';
let county, chrome, submitted, draft;

before(async () => {
  county = await County.start('roles', '2026-09-21T08:00:00+08:00');
  chrome = await browser();
  const [lead, inspector] = [await county.tablet('p06'), await county.tablet('p07')];
  await county.office('person', 'set', 'r01', '--name', '翟店联络', '--role', 'reporter', '--team', '140824103');
  const finding = (id, problem, unit) => [`findings[${id}].problem=${problem}`, `findings[${id}].owner_unit=${unit}`, `findings[${id}].level=一般`];
  const here = await inspector.visit('140824103200', '2026-09-21', 'p08', ...finding('own', OWN, '140824103200'), 'contact_name=王三', 'contact_phone=13800001234');
  const there = await inspector.visit('140824104200', '2026-09-21', 'p08', ...finding('others', OTHERS, '140824104200'));
  for (const number of [here, there]) await lead.submit(number);
  const [{ temp_no: number }] = await inspector.run('new-visit', '140824103201', '--inspector', 'p08');
  await inspector.run('edit', number, `note=${DRAFT}`);
  await inspector.run('sync');
  await lead.run('sync');
  await inspector.run('edit', number, 'sample_seed=甲');
  await lead.run('edit', number, 'sample_seed=乙');
  for (const tablet of [inspector, lead]) await tablet.run('sync');
  const people = {};
  for (const [person, password] of Object.entries(PASSWORDS)) people[person] = await county.person(person, password);
  for (const one of ['own', 'others']) {
    await people.p21('review', 'decide-finding', one, 'confirm', '--level', '一般');
    await people.p21('review', 'decide-finding', one, 'issue');
  }
  [submitted, draft] = [await county.pageOf(here), await county.pageOf(number)];
});
after(async () => {
  await chrome?.close();
  await county?.close();
});

async function as(person, what) {
  const office = await Console.open(chrome, county.url, {}, (page) => page.clock.setFixedTime(new Date(county.moment)));
  await office.signIn(person, PASSWORDS[person]);
  await what(office);
  assert.deepEqual(office.problems, []);
  await office.close();
}
async function settled(office) {
  await office.page.locator('.page-head h1, .state').first().waitFor();
  await office.page.waitForFunction(() => document.querySelector('.skeleton') === null);
}
const text = (office) => office.page.locator('main').innerText();
const at = (office) => office.page.evaluate(() => location.hash.slice(1));

/** A call by hand with the session of the page: the gRPC status that the server answers. */
function call(office, method, message = []) {
  return office.page.evaluate(
    async ([path, bytes]) => {
      const { token } = JSON.parse(sessionStorage.getItem('dudao.session'));
      const headers = { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1', 'dudao-session': token };
      const answer = await fetch(`/${path}`, { method: 'POST', headers, body: new Uint8Array([0, 0, 0, 0, bytes.length, ...bytes]) });
      const trailer = new TextDecoder('latin1').decode(await answer.arrayBuffer());
      return Number(answer.headers.get('grpc-status') ?? /grpc-status: ?(\d+)/i.exec(trailer)?.[1]);
    },
    [method, message],
  );
}
const WRITES = ['review.v1.ReviewService/DecideVisit', 'review.v1.ReviewService/ResolveConflict', 'review.v1.ReviewService/SendConflictToLead', 'review.v1.ReviewService/JudgeChange', 'review.v1.RectificationService/DecideFinding', 'admin.v1.AdminService/SetPerson', 'admin.v1.AdminService/ResetPassword', 'admin.v1.AdminService/RevokeDevice', 'admin.v1.AdminService/ListAccess'];
const PERMISSION_DENIED = 7;

test('everybody starts where their work is', async () => {
  for (const person of Object.keys(HOMES)) {
    await as(person, async (office) => {
      await office.page.waitForURL((url) => url.hash === `#${HOMES[person]}`);
      await settled(office);
      await office.shot(`home-${person}`);
    });
  }
});

test('the leader reads everything and decides nothing', async () => {
  await as('p23', async (office) => {
    const links = await office.page.locator('nav.menu a').evaluateAll((all) => all.map((one) => one.getAttribute('href').slice(1)));
    assert.deepEqual(links, ['/overview', '/findings', '/visits', '/board', '/coverage', '/statistics', '/ledgers']);
    for (const path of [...links, submitted, draft, OWN_PAGE, `${OWN_PAGE}/notice`]) {
      await office.go(path);
      await settled(office);
      assert.equal(await office.page.locator(DECIDING).count(), 0, path);
      assert.equal(await at(office), path);
      assert.doesNotMatch(await text(office), /王三|13800001234/);
    }
    for (const path of PAGES.filter((one) => !links.includes(one))) {
      await office.go(path);
      await office.page.waitForURL(/#\/overview/);
    }
    for (const method of [...WRITES, 'review.v1.RectificationService/AnswerFinding', 'review.v1.ReviewService/ShowPersonalData', 'review.v1.ReviewService/ListKeptAside']) {
      assert.equal(await call(office, `dudao.${method}`), PERMISSION_DENIED, method);
    }
  });
});

test('a unit sees its own findings and nothing else, whatever it types', async () => {
  await as('r01', async (office) => {
    await office.get('findings').locator('tbody tr').waitFor();
    const links = await office.page.locator('nav.menu a').evaluateAll((all) => all.map((one) => one.getAttribute('href').slice(1)));
    assert.deepEqual(links, ['/answers']);
    assert.match(await text(office), new RegExp(OWN));
    for (const path of [...PAGES.slice(0, 2), ...PAGES.slice(3)]) {
      await office.go(path);
      await office.page.waitForURL(/#\/answers/);
      await office.go('/nowhere');
      await office.page.getByRole('heading', { name: '没有这个页面' }).waitFor();
    }
    for (const path of [submitted, draft]) {
      await office.go(path);
      await office.page.waitForURL(/#\/answers/);
    }
    for (const path of [OTHERS_PAGE, `${OTHERS_PAGE}/notice`, '/findings/team-d2-2026/no-such', '/findings/office/own']) {
      await office.go(path);
      await office.page.locator('main .state, main [role="alert"]').first().waitFor();
      assert.doesNotMatch(await text(office), new RegExp([OTHERS, DRAFT, OWN, '督导组', '李督', '王三'].join('|')), path);
    }
    await office.shot('reporter-refused');
    await office.go(OWN_PAGE);
    await office.reads(OWN, '翟东村', '翟店镇', '第二督导组', '赵*');
    assert.doesNotMatch(await office.page.locator('body').innerText(), /140824103|\bD2\b|修改历史/);
    await office.shot('reporter-finding');
    await office.go(`${OWN_PAGE}/notice`);
    await office.reads('第二督导组', '赵*');
    assert.doesNotMatch(await text(office), /140824103|\bD2\b/);
    for (const method of [...WRITES, 'review.v1.ReviewService/ListVisits', 'review.v1.ReviewService/ListRecords', 'review.v1.LedgerService/GetStatistics', 'review.v1.LedgerService/ExportLedger']) {
      assert.equal(await call(office, `dudao.${method}`), PERMISSION_DENIED, method);
    }
  });
});

test('a team does not see the records of another', async () => {
  await as('p02', async (office) => {
    await office.go('/visits');
    await settled(office);
    assert.equal(await office.get('visits').count(), 0);
    for (const path of [submitted, draft, OWN_PAGE]) {
      await office.go(path);
      await office.page.locator('main [role="alert"]').first().waitFor();
      assert.doesNotMatch(await text(office), new RegExp([OWN, DRAFT].join('|')), path);
    }
    for (const method of WRITES.filter((one) => !/ResolveConflict/.test(one))) assert.equal(await call(office, `dudao.${method}`), PERMISSION_DENIED, method);
  });
  await as('p07', async (office) => {
    await office.go(draft);
    await office.reads(DRAFT);
    await office.get('settle').first().waitFor();
    for (const name of ['confirm', 'return', 'dismiss', 'to-lead']) assert.equal(await office.get(name).count(), 0);
  });
});
