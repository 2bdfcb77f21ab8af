// A county in which every field that a tablet, a list, a unit or a stranger can write attacks whoever reads it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { County } from './county.mjs';

export const PASSWORDS = { p21: 'Quiet-River-8842', p23: 'Broad-Meadow-3310', r01: 'Bright-Field-2207' };
export const FINDING = 'f<img src=x>';
export const SHORT = '<svg/onload=hacked=2>';
const TOWNSHIP = '140824104';
const VILLAGE = '140824104200';
const NO = '稷督整〔2026〕1号';
let county, lead, inspector, signed, draft;

/** Says which field it stands in. */
export const evil = (where) => `${where}<img src=x onerror="hacked=1"><svg onload=hacked=1>`;
const set = (path) => `${path}=${evil(path.split(/[.[]/).pop() || path)}`;

/** Lists with attacks in names, as an administrator might be handed them. */
async function importLists() {
  const data = (name) => readFileSync(join(process.env.DUDAO_SOURCE_DIR, 'data', name), 'utf8');
  const quoted = (where) => `"${evil(where).replaceAll('"', '""')}"`;
  const lists = {
    people: data('sample-people.csv').replace('徐督五,县民政局', `${quoted('person')},${quoted('department')}`),
    divisions: data('jishan-divisions.csv').replace('清河镇,township', `${quoted('township')},township`).replace('清河村委会', quoted('village')),
    form: data('form-default.textproto').replace('version: 1', 'version: 2').replace('网格治理', 'form-area<img src=x>').replace('责任落实', 'form-section<img src=x>').replace('巡查走访记录真实可核', 'form-item<img src=x>').replace('抽查条数', 'form-input<img src=x>'),
  };
  for (const [kind, text] of Object.entries(lists)) {
    const file = join(county.folder, `hostile-${kind}`);
    writeFileSync(file, text);
    const [outcome] = await county.office('import', kind, file);
    assert.deepEqual(outcome.problems, [], kind);
  }
}

async function fillVisits() {
  const lists = [...['name', 'period'].map((name) => `docs_checked[a].${name}`), ...['place', 'grid_code', 'situation'].map((name) => `sites_seen[a].${name}`), ...['category', 'concern'].map((name) => `interviews[a].${name}`), ...['post', 'question'].map((name) => `spot_questions[a].${name}`)];
  const finding = ['problem', 'detail', 'category', 'basis', 'owner_unit', 'advice', 'measure_id'].map((name) => `findings[${FINDING}].${name}=${evil(`finding-${name}`)}`);
  const texts = ['contact_name', 'contact_role', 'note', 'sample_seed', 'feedback_points', 'unit_opinion', 'objection_text', ...lists].map(set);
  const refusal = { reason: evil('refusal'), witnessIds: ['p10', SHORT] };
  const fix = { refusalReason: evil('no-fix') };
  signed = await inspector.visit(VILLAGE, '2026-09-21', 'p10', ...texts, ...finding, `findings[${FINDING}].level=一般`, 'objection=true', `contact_phone=${SHORT}`, `check_items[B3].note=${evil('check-note')}`, `unit_refusal=${JSON.stringify(refusal)}`, `fix=${JSON.stringify(fix)}`);
  await inspector.run('add-photo', signed, inspector.picture(), '--caption', evil('caption'), '--finding', FINDING);
  await inspector.run('add-photo', signed, inspector.picture(), '--caption', evil('loose-caption'));
  await inspector.run('sync');
  await lead.submit(signed);
  await inspector.run('sync');
  await inspector.run('supplement', signed, evil('supplement'), '--finding', FINDING);
  await inspector.run('sync');

  // A draft on which two disagree, with a signature.
  county.at('2026-09-22T09:00:00+08:00');
  [{ temp_no: draft }] = await inspector.run('new-visit', VILLAGE, '--inspector', 'p10');
  const signature = { signerName: evil('signer'), signerRole: evil('signer-role'), signedAtMs: '1790000000000' };
  await inspector.run('edit', draft, `unit_signature=${JSON.stringify(signature)}`, `areas+=${SHORT}`, `check_items[${SHORT}].note=${evil('stray-note')}`, `findings[g].suggested_limit=${SHORT}`, `lookback_items[${SHORT}].note=${evil('look-back')}`, 'lookback_items[h].note=x');
  await inspector.run('sync');
  await lead.run('sync');
  await inspector.run('edit', draft, `sample_seed=${evil('one')}`);
  await lead.run('edit', draft, `sample_seed=${evil('other')}`);
  for (const tablet of [inspector, lead]) await tablet.run('sync');
}

async function answerAsUnit(reviewer, reporter) {
  await reviewer('review', 'decide-finding', FINDING, 'confirm', '--level', '一般', '--owner', VILLAGE, '--demand', evil('demand'));
  await reviewer('review', 'decide-finding', FINDING, 'issue');
  await reporter('review', 'answer', NO, 'received', '--by', evil('received-by'));
  await reporter('review', 'answer', NO, 'plan', '--measure', evil('measure'), '--by', evil('leader'), '--person', evil('plan-person'), '--date', '2026-09-28');
  await reporter('review', 'answer', NO, 'extend', '--days', '3', '--reason', evil('extension'));
  await reviewer('review', 'decide-finding', NO, 'refuse', '--reason', evil('refused'));
  await reporter('review', 'answer', NO, 'reply', '--result', evil('reply'), '--date', '2026-09-22');
}

/** A change that is kept aside, a tablet that is revoked with a reason, and a stranger's failed sign-in. */
async function fillAdministration() {
  const lost = await county.tablet('p09', SHORT);
  const [{ temp_no: unsent }] = await lost.run('new-visit', VILLAGE, '--inspector', 'p07');
  await lost.run('edit', unsent, `note=${evil('aside')}`);
  await county.office('person', 'hand-over', 'p09', '--reason', evil('hand-over'));
  await lost.run('sync').catch(() => undefined);
  const [device] = (await county.office('device', 'list', '--person', 'p08'));
  await county.office('device', 'revoke', device.device ?? device.device_id, '--reason', evil('revoked'));
}

/** The county, and the numbers of a submitted visit and of a draft. */
export async function hostileCounty() {
  county = await County.start('hostile', '2026-09-21T08:00:00+08:00');
  await importLists();
  [lead, inspector] = [await county.tablet('p06'), await county.tablet('p07', evil('device'))];
  await county.tablet('p08', evil('lost-device'));
  await county.office('person', 'set', 'r01', '--name', evil('reporter'), '--role', 'reporter', '--team', TOWNSHIP);
  await fillVisits();
  await county.signInAgain();
  const [reviewer, reporter] = [await county.person('p21', PASSWORDS.p21), await county.person('r01', PASSWORDS.r01)];
  await county.person('p23', PASSWORDS.p23);
  await answerAsUnit(reviewer, reporter);
  await fillAdministration();
  return { county, signed, draft };
}
