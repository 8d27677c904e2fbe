// A run, live, while somebody sets the machine's clock on and back.
//
// All that the runtime has of time goes by the clock, its timers, too: those that are due by it ring when it is set on, and
// calls are given up too early. They are made again. Leaves out other systems than Linux, where no program's clock can be set apart.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, startWorld } from './world.mjs';

const ITEMS = 300;
const CONCURRENCY = 12;
const LATENCY_MS = 100;
const TEN_MINUTES = 600;
/** The longest that a call may take. */
const DEADLINE_MS = 120_000;

const skip = process.platform !== 'linux' && 'needs a preloaded library';
const directory = mkdtempSync(join(tmpdir(), 'assay-clock-'));
const offset = join(directory, 'offset');
let world;

before(async () => {
  if (skip) return;
  const library = join(directory, 'clock.so');
  execFileSync('cc', ['-O1', '-shared', '-fPIC', '-Wall', '-Wextra', '-Werror', '-o', library, join(import.meta.dirname, 'clock.c')]);
  writeFileSync(offset, Buffer.alloc(8));
  world = await startWorld({ env: { LD_PRELOAD: library, CLOCK_OFFSET_FILE: offset } });
});
after(async () => {
  await world?.close();
  rmSync(directory, { recursive: true });
});

/** Sets the Worker's clock so many seconds off ours. */
function setClock(seconds) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(seconds));
  const file = openSync(offset, 'r+');
  writeSync(file, bytes, 0, 8, 0);
  closeSync(file);
}

test('a run whose clock leaps ten minutes on and back loses nothing, and no call takes longer than it may', { skip, timeout: 240_000 }, async () => {
  world.provider.configure({ latency_ms: LATENCY_MS });
  const set = await world.ask('POST', '/api/sets', { name: 'Leaps', criteria: [{ name: 'Right', question: 'Is it right?' }] });
  const items = Array.from({ length: ITEMS }, (_, n) => ({ request: `Where is parcel ${n}?`, reference: `Parcel ${n} is at depot ${n}.` }));
  await world.ask('POST', `/api/sets/${set.id}/items`, { items });
  const { id } = await world.ask('POST', '/api/runs', {
    set_id: set.id,
    target: { provider: 'scripted', model: 'scripted' },
    judge: { provider: 'scripted', model: 'judge' },
    baseline: false,
    concurrency: CONCURRENCY,
  });
  const read = () => world.ask('GET', `/api/runs/${id}`);
  let before = 0;
  for (const [share, seconds] of [[0.1, TEN_MINUTES], [0.3, -TEN_MINUTES], [0.5, 0], [0.7, -TEN_MINUTES]]) {
    await eventually(async () => (await read()).counts.done >= ITEMS * share, { within_ms: 60_000 });
    setClock(seconds);
    const now = await read();
    assert.ok(now.eta_seconds >= 0, `${now.eta_seconds} seconds to go after ${seconds}`);
    assert.ok(now.counts.done >= before, 'progress does not fall');
    before = now.counts.done;
  }
  const run = await eventually(async () => {
    const now = await read();
    return now.status === 'done' && now;
  }, { within_ms: 120_000 });
  const { done, passed, failed, unscored, errored } = run.counts;
  assert.deepEqual([done, passed + failed, unscored, errored], [ITEMS, ITEMS, 0, 0]);

  const { latency_ms: latencies } = await world.ask('GET', `/api/runs/${id}/scores`);
  assert.ok(latencies.every((latency) => latency >= 0 && latency <= DEADLINE_MS), `${Math.min(...latencies)} to ${Math.max(...latencies)} ms`);
});
