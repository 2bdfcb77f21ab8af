// Enrolment with the camera, from the picture that the server makes; Chromium on Linux has no reader of its own for such pictures.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Tablet } from './browser.mjs';
import { film } from './camera.mjs';
import { County } from './county.mjs';
import { noProblems } from './steps.mjs';

let county;
let tablet;
const folder = mkdtempSync(join(tmpdir(), 'dudao-e2e-'));

before(async () => {
  county = await County.start(join(folder, 'county'));
});
after(async () => {
  await tablet?.close();
  await county?.close();
});

test('a tablet is enrolled by looking at the picture', { timeout: 180_000 }, async () => {
  const shown = execFileSync(join(process.env.DUDAO_BIN_DIR, 'dudao'), ['--session', county.session, 'device', 'enrol', 'p07'], { encoding: 'utf8' });
  const path = join(folder, 'code.y4m');
  film(shown, path);
  tablet = await Tablet.open(join(folder, 'li'), county.url, {
    args: ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${path}`],
  });
  await tablet.test('scan').click();
  await tablet.test('begin').waitFor();
  assert.match(await tablet.test('fingerprint').textContent(), /^[0-9a-f]{16}$/);
  await tablet.test('begin').click();
  await tablet.test('sync-card').waitFor();
  const [device] = await county.office('device', 'list');
  assert.equal(device.person ?? device.person_id, 'p07');
  noProblems(tablet);
});
