// Medians of the runs as Markdown tables, each figure also as a ratio against floor-full of the same run.
// node table.mjs RESULTS.jsonl FIGURES.json
import fs from 'node:fs';

const [, , resultsFile, figuresFile] = process.argv;
const lines = fs.readFileSync(resultsFile, 'utf8').trim().split('\n').filter(Boolean).map((l) => JSON.parse(l));
const byEngine = new Map();
for (const { name, result } of lines) {
  if (!byEngine.has(name)) byEngine.set(name, []);
  byEngine.get(name).push(result);
}

const median = (values) => {
  const sorted = values.filter((x) => typeof x === 'number' && !Number.isNaN(x)).sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : null;
};
const short = (x) => (x === null ? '–' : x >= 100000 ? `${Math.round(x / 1000)}k` : x >= 10000 ? `${(x / 1000).toFixed(1)}k` : x >= 100 ? x.toFixed(0) : x.toFixed(2));
const size = (x) => (x === null ? '–' : x >= 1e6 ? `${(x / 1e6).toFixed(2)} MB` : `${(x / 1e3).toFixed(1)} kB`);

const columns = [
  ['edits/s', (r) => r.edits_per_s, short],
  ['edit p50 µs', (r) => r.edit_p50_us, short],
  ['edit p99 µs', (r) => r.edit_p99_us, short],
  ['server edits/s', (r) => r.server_edits_per_s, short],
  ['sync p50 ms', (r) => r.sync_ms_p50, short],
  ['sync p99 ms', (r) => r.sync_ms_p99, short],
  ['wire raw', (r) => r.wire.up + r.wire.down, size],
  ['wire gzip', (r) => r.wire.up_gz + r.wire.down_gz, size],
  ['tablet file', (r) => r.stored_bytes_r1, size],
  ['server file', (r) => r.stored_bytes_server, size],
  ['bootstrap ms', (r) => r.bootstrap_ms, short],
  ['server memory', (r) => r.server_rss_peak, size],
];
const floor = byEngine.get('floor-full') ?? [];
const cell = (results, [, of, show]) => {
  const value = median(results.map(of));
  const base = median(floor.map(of));
  return value === null || !base ? show(value) : `${show(value)} (${(value / base).toFixed(2)}x)`;
};
const row = (cells) => `| ${cells.join(' | ')} |`;

const first = lines[0].result.workload;
const out = [
  `# One month of field work, size ${first.size}, seed ${first.seed}: ${first.edits} edits, ${first.syncs} syncs, ${first.visits} visits`,
  '',
  'Medians; in brackets the ratio against floor-full (bare SQLite rows, one durable commit an edit, no merge rule) in the same run.',
  'Compare ratios, not absolute figures of two machines. Engines from npm work in memory: their edits are not durable.',
  '',
  row(['engine', 'runs', ...columns.map((c) => c[0])]),
  row(['---', '---', ...columns.map(() => '---')]),
  ...[...byEngine].map(([name, results]) => row([name, results.length, ...columns.map((c) => cell(results, c))])),
  '',
  row(['engine', 'all replicas equal', 'fresh replica equal', 'competing values readable', 'found in history', 'plain fields wrong', 'sets, counters wrong', 'note characters missing']),
  row(Array(8).fill('---')),
  ...[...byEngine].map(([name, results]) => {
    const every = (of) => (results.every(of) ? 'yes' : 'no');
    const { retained, verify } = results[0];
    return row([name, every((r) => r.converged), every((r) => r.bootstrap_same), `${retained.by_conflict_api} of ${retained.values}`,
      `${retained.by_history} of ${retained.values}`, `${verify.nonconflict_wrong} of ${verify.fields_checked}`,
      `${verify.sets_wrong}, ${verify.counters_wrong}`, `${verify.notes_chars_missing} of ${verify.notes_chars_expected}`]);
  }),
];
if (figuresFile && fs.existsSync(figuresFile)) {
  const figures = JSON.parse(fs.readFileSync(figuresFile, 'utf8'));
  out.push('', '## Figures that the design wants held', '', row(['what', 'measured', 'hold']), row(['---', '---', '---']));
  for (const { what, measured, hold } of figures.figures) out.push(row([what, measured, hold]));
  const ours = byEngine.get('dudao');
  if (ours && floor.length) {
    const ratio = median(ours.map((r) => r.stored_bytes_r1)) / median(floor.map((r) => r.stored_bytes_r1));
    out.push(row(['tablet file against plain SQLite rows, this workload', `${ratio.toFixed(2)}x`, '<= 2x']));
  }
}
console.log(out.join('\n'));
