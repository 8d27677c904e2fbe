// How fast a run is against a scripted provider, as a ratio to the ideal: machines are noisy, ratios less so.
//
//   node tests/bench/bench.mjs [rows]      rows: any of `speed`, `trouble`, `small`; all when left out
//
// Every row is one run with one target call and one judge call for each item, the baseline off: questions that no run
// has asked, while the judge's canaries are known from a run before, as they are whenever a set is run again. `ideal` is
// what the calls alone would take: calls × latency / concurrency, the calls being those that the provider saw, repeated
// ones among them. Calls come whole, so the last round of a run has places empty: `rounds` is the ideal of whole rounds,
// ceil(calls / concurrency) × latency, above which nothing can be. The wall time is from the start of the request to the
// moment at which the run says it finished.
//
// `bare` is the efficiency of a worker of a few lines that does nothing but as many calls, through the same local
// runtime: what the machine, the runtime and the provider leave of the ideal. The database is in memory where the system
// has such a directory: here, unlike on the platform, the Worker's own thread waits for the disk at each write.
//
// The rows that have a target are taken three times, and the median is held against it.
//
// `most` is the most calls that the provider ever had under way at once. `twice` counts the questions that came again
// after they had been answered.

import { existsSync } from 'node:fs';
import { answerTo } from '../live/provider.mjs';
import { eventually, startWorld } from '../live/world.mjs';
import { hold } from './bar.mjs';
import { startBare } from './bare.mjs';

const ITEMS = 1000;

const IN_MEMORY = '/dev/shm';
if (!process.env.TMPDIR && existsSync(IN_MEMORY)) process.env.TMPDIR = IN_MEMORY;

/** What the efficiency is to be at least, by latency and calls at once. */
const TARGETS = { '50 32': 0.9, '500 100': 0.95 };
const TIMES = 3;

const SPEED = [0, 50, 500].flatMap((latency_ms) => [8, 32, 100].map((concurrency) => ({ latency_ms, concurrency })));
const FAULTS = { 429: 0.1, 500: 0.02, 'reset-before': 0.01 };
const TROUBLE = [...Object.entries(FAULTS).map(([name, rate]) => ({ [name]: rate })), FAULTS].map((rates) => ({ latency_ms: 50, concurrency: 32, rates }));
const SMALL = Array.from({ length: 3 }, () => ({ latency_ms: 100, concurrency: 24, items: 100 }));
const ROWS = { speed: SPEED, trouble: TROUBLE, small: SMALL };

const COLUMNS = [
  ['latency', 8, (row) => row.latency_ms],
  ['at once', 8, (row) => row.concurrency],
  ['items', 6, (row) => row.items],
  ['trouble', 36, (row) => Object.entries(row.rates ?? {}).map(([name, rate]) => `${rate * 100} % ${name}`).join(' ') || '-'],
  ['calls', 6, (row) => row.calls],
  ['ideal ms', 9, (row) => row.ideal.toFixed(0)],
  ['rounds ms', 10, (row) => row.rounds.toFixed(0)],
  ['wall ms', 8, (row) => row.wall.toFixed(0)],
  ['efficiency', 11, (row) => (row.ideal / row.wall).toFixed(3)],
  ['bare', 6, (row) => (row.bare ? (row.ideal / row.bare).toFixed(3) : '-')],
  ['most', 5, (row) => row.most],
  ['twice', 6, (row) => row.twice],
  ['scored', 7, (row) => row.scored],
];

const chosen = process.argv.slice(2);
const rows = Object.entries(ROWS).flatMap(([name, rows]) => (chosen.length === 0 || chosen.includes(name) ? rows : []));

const world = await startWorld();
const bare = await startBare(world.provider);
let runs = 0;
let [scored, twice, taken] = [0, 0, 0];
try {
  const sets = new Map();
  console.log(COLUMNS.map(([name, width]) => name.padStart(width)).join(' '));
  for (const row of rows) {
    const items = row.items ?? ITEMS;
    if (!sets.has(items)) {
      sets.set(items, await setOf(items));
      await once(sets.get(items), { latency_ms: 0, concurrency: 32 });
    }
    const target = row.rates || row.items ? undefined : TARGETS[`${row.latency_ms} ${row.concurrency}`];
    const efficiencies = [];
    for (let time = 0; time < (target ? TIMES : 1); time += 1) {
      const measured = await once(sets.get(items), row);
      taken += 1;
      if (!row.rates && row.latency_ms > 0) measured.bare = await bare.time({ calls: measured.calls, concurrency: row.concurrency });
      const whole = { ...row, items, ...measured };
      efficiencies.push(whole.ideal / whole.wall);
      console.log(COLUMNS.map(([, width, cell]) => String(cell(whole)).padStart(width)).join(' '));
      scored += whole.scored / items;
      twice += whole.twice;
    }
    if (target) {
      const median = efficiencies.sort((a, b) => a - b)[TIMES >> 1];
      hold(`efficiency at ${row.latency_ms} ms × ${row.concurrency}, median of ${TIMES}`, median, { least: target });
    }
  }
  hold('items scored of all', scored / taken, { least: 1 });
  hold('questions asked again that had been answered', twice, { most: 0 });
} finally {
  await Promise.all([world.close(), bare.close()]);
}

async function setOf(items) {
  const set = await world.ask('POST', '/api/sets', { name: `bench ${items}`, criteria: [{ name: 'Right', question: 'Is it right?' }] });
  const each = Array.from({ length: items }, (_, n) => ({ request: `Question ${n}`, reference: `Answer ${n}` }));
  await world.ask('POST', `/api/sets/${set.id}/items`, { items: each });
  return set;
}

async function once(set, { latency_ms, concurrency, rates = {} }) {
  const { provider } = world;
  // A seed and an answer of its own: neither the target nor the judge was asked this before.
  const seed = (runs += 1);
  provider.configure({ latency_ms, rates, answer: (call) => `${answerTo(call.last_user)} (${seed})` });
  provider.reset();
  const began = Date.now();
  const { id } = await world.ask('POST', '/api/runs', {
    set_id: set.id,
    target: { provider: 'scripted', model: 'scripted', params: { seed } },
    judge: { provider: 'scripted', model: 'judge' },
    baseline: false,
    concurrency,
  });
  const look = async () => {
    const run = await world.ask('GET', `/api/runs/${id}`);
    return run.status === 'done' ? run : undefined;
  };
  const run = await eventually(look, { within_ms: 600_000, every_ms: 200 });
  const calls = provider.hits.length;
  const answered = (hit) => hit.answered;
  const twice = [...provider.duplicates((hit) => answered(hit) && !hit.judge), ...provider.repeatedQuestions(answered)];
  return {
    wall: Date.parse(run.finished_at) - began,
    calls,
    ideal: (calls * latency_ms) / concurrency,
    rounds: Math.ceil(calls / concurrency) * latency_ms,
    most: provider.maxInFlight,
    twice: twice.reduce((sum, { count }) => sum + count - 1, 0),
    scored: run.counts.passed + run.counts.failed,
  };
}
