// The coverage page's map with tiles of the county's own, from a server that stands for the map service.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { browser, Console } from './console.mjs';
import { ADMIN_PASSWORD, County, PNG } from './county.mjs';

const VILLAGE = '140824103200';
let county, chrome, tiles, asked;

before(async () => {
  asked = [];
  tiles = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(200, { 'Content-Type': 'image/png' }).end(PNG);
  });
  await new Promise((resolve) => tiles.listen(0, '127.0.0.1', resolve));
  county = await County.start('map', '2026-09-21T08:00:00+08:00');
  const [lead, inspector] = [await county.tablet('p06'), await county.tablet('p07')];
  const fix = JSON.stringify({ longitude: 110.98, latitude: 35.6, accuracyM: 9, crs: 'COORDINATE_SYSTEM_WGS84', source: 'FIX_SOURCE_SATELLITE' });
  await lead.submit(await inspector.visit(VILLAGE, '2026-09-21', 'p08', `fix=${fix}`));
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await county?.close();
  tiles?.close();
});

/** Where the village is drawn, in units of the picture. */
async function openMap() {
  const office = await Console.open(chrome, county.url);
  await office.signIn('admin', ADMIN_PASSWORD);
  await office.go('/coverage');
  const unit = office.page.locator('.map circle.unit');
  await unit.waitFor();
  return { office, at: [Number(await unit.getAttribute('cx')), Number(await unit.getAttribute('cy'))] };
}

test('without a map file the county is a sketch, and nobody else is asked', async () => {
  const { office } = await openMap();
  await office.page.locator('figcaption', { hasText: '示意图' }).waitFor();
  assert.equal(await office.page.locator('.map image').count(), 0);
  assert.deepEqual(asked, []);
  assert.deepEqual(office.problems, []);
  await office.close();
});

test('with one, tiles come from its host and positions lie where its datum has them', async () => {
  const { port } = tiles.address();
  const places = {};
  for (const coordinates of ['wgs84', 'gcj02']) {
    await county.close();
    const file = join(county.folder, `${coordinates}.json`);
    writeFileSync(file, JSON.stringify({ tiles: { url: `http://127.0.0.1:${port}/${coordinates}/{z}/{x}/{y}.png`, coordinates, attribution: '审图号：测试' } }));
    county.options = ['--map', file];
    await county.serve();
    const { office, at } = await openMap();
    await office.page.locator('figcaption', { hasText: '审图号：测试' }).waitFor();
    const shown = await office.page.locator('.map image').count();
    assert.ok(shown >= 4, `${shown} tiles`);
    await office.page.waitForFunction((count) => performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.png')).length >= count, shown);
    assert.ok(asked.filter((path) => path.startsWith(`/${coordinates}/`)).length >= shown);
    assert.deepEqual(office.problems, []);
    await office.shot(`map-${coordinates}`);
    // From the corner of each tile to the village.
    places[coordinates] = new Map();
    for (const tile of await office.page.locator('.map image').all()) {
      const path = (await tile.getAttribute('href')).split(coordinates)[1];
      places[coordinates].set(path, [at[0] - Number(await tile.getAttribute('x')), at[1] - Number(await tile.getAttribute('y'))]);
    }
    await office.close();
  }
  // Of a picture that is a thousand units high: some hundred metres.
  const [path, [x, y]] = [...places.wgs84].find(([one]) => places.gcj02.has(one));
  const [shiftedX, shiftedY] = places.gcj02.get(path);
  const moved = Math.hypot(x - shiftedX, y - shiftedY);
  assert.ok(moved > 3 && moved < 60, `${moved}`);
});
