// A run, live, while somebody sets the machine's clock on, again and again.
//
// All that the runtime has of time goes by the clock, its timers, too: those that are due by it ring when it is set on, and
// calls are given up too early. They are made again. Leaves out a clock that is set back, which is tried natively: here it
// holds up the runtime's own timers for as long; and other systems than Linux, where no program's clock can be set apart.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { becomes, newRun, setOf } from './runs.mjs';
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

test('a run whose clock leaps ten minutes at a time loses nothing, and no call takes longer than it may', { skip, timeout: 240_000 }, async () => {
  world.provider.configure({ latency_ms: LATENCY_MS });
  const set = await setOf(world, ITEMS);
  const { id } = await world.ask('POST', '/api/runs', newRun(set, { concurrency: CONCURRENCY }));
  const read = () => world.ask('GET', `/api/runs/${id}`);
  let before = 0;
  for (const [place, share] of [0.1, 0.3, 0.5, 0.7].entries()) {
    await eventually(async () => (await read()).counts.done >= ITEMS * share, { within_ms: 60_000 });
    setClock((place + 1) * TEN_MINUTES);
    const now = await read();
    assert.ok(now.eta_seconds >= 0, `${now.eta_seconds} seconds to go`);
    assert.ok(now.counts.done >= before, 'progress does not fall');
    before = now.counts.done;
  }
  const run = await becomes(world, { id }, 'done');
  const { done, passed, failed, unscored, errored } = run.counts;
  assert.deepEqual([done, passed + failed, unscored, errored], [ITEMS, ITEMS, 0, 0]);

  const { latency_ms: latencies } = await world.ask('GET', `/api/runs/${id}/scores`);
  assert.ok(latencies.every((latency) => latency >= 0 && latency <= DEADLINE_MS), `${Math.min(...latencies)} to ${Math.max(...latencies)} ms`);
});
