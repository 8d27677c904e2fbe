// A run of a thousand items, live, against a provider that is busy, fails and breaks off again and again: every item has its
// score, and nothing is asked again but what trouble came to.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { becomes, newRun, setOf } from './runs.mjs';
import { startWorld } from './world.mjs';

const ITEMS = 1000;
const RATES = { 429: 0.1, 500: 0.02, 'reset-before': 0.005, 'reset-mid': 0.005 };

let world;

before(async () => {
  world = await startWorld({ provider: { rates: RATES, latency_ms: 5 } });
});
after(() => world?.close());

test('each of a thousand items is scored, and only what trouble came to is asked again', { timeout: 300_000 }, async () => {
  const set = await setOf(world, ITEMS);
  const begun = await world.ask('POST', '/api/runs', newRun(set, { concurrency: 32 }));
  const run = await becomes(world, begun, 'done', { within_ms: 240_000, every_ms: 200 });

  const { total, passed, failed, unscored, errored } = run.counts;
  assert.deepEqual([total, passed + failed, unscored, errored], [ITEMS, ITEMS, 0, 0]);
  const { hits } = world.provider;
  const met = Object.fromEntries(Object.keys(RATES).map((name) => [name, hits.filter((hit) => hit.used === name).length]));
  for (const [name, count] of Object.entries(met)) assert.ok(count >= ITEMS * RATES[name], `${name}: ${count} times`);
  const troubled = Object.values(met).reduce((sum, count) => sum + count, 0);

  const answered = (hit) => hit.answered;
  assert.deepEqual([...world.provider.duplicates(answered), ...world.provider.repeatedQuestions(answered)], [], 'nothing that was answered is asked again');
  const { target, judge, retried } = run.calls;
  assert.equal(target + judge + retried, hits.length, 'the calls are those that the provider saw');
  assert.equal(retried, troubled, 'each trouble is followed by one call more');
});
