// A database in trouble while a run is under way, live: it fails for a moment, has too much to do for a while, is full.
//
// A trigger in the database's own file says what D1 does. Each run comes to its end with one outcome for each item, and what
// the service says meanwhile says why. Leaves out what logs make of it: `streams.test.mjs`.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, beforeEach, test } from 'node:test';
import { fileOf, rowsOf } from './database.mjs';
import { becomes, newRun, setOf } from './runs.mjs';
import { eventually, pause, startWorld } from './world.mjs';

const ITEMS = 120;
const CONCURRENCY = 12;
const PATIENCE = { within_ms: 120_000 };

let world;
let set;
let database;

before(async () => {
  world = await startWorld();
  set = await setOf(world, ITEMS);
  database = new DatabaseSync(await fileOf(world.state));
  database.exec('PRAGMA busy_timeout = 5000');
});
after(async () => {
  database?.close();
  await world?.close();
});
beforeEach(() => {
  world.provider.reset();
  world.provider.configure({ latency_ms: 40 });
});

const chosen = () => newRun(set, { concurrency: CONCURRENCY });
const begin = async () => {
  const run = await world.ask('POST', '/api/runs', chosen());
  await eventually(() => world.provider.hits.length >= CONCURRENCY, { ...PATIENCE, every_ms: 1 });
  return run;
};
const read = (run) => world.ask('GET', `/api/runs/${run.id}`);

/** Has the database answer so whenever a row is put into one of the tables. */
function fail(words, tables) {
  for (const table of tables) {
    database.exec(`CREATE TRIGGER no_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, '${words}'); END`);
  }
  return () => tables.forEach((table) => database.exec(`DROP TRIGGER no_${table}`));
}

/** Checks that a run that is done has one outcome for each item, and that its calls and cost are all that were made. */
async function checkTotals(run) {
  const done = await becomes(world, run, 'done');
  const { total, done: ended, passed, failed, unscored, errored } = done.counts;
  assert.deepEqual([total, ended, passed + failed, unscored, errored], [ITEMS, ITEMS, ITEMS, 0, 0]);
  const [rows] = await rowsOf(world.state, `SELECT count(*) AS n, count(DISTINCT item_id) AS items FROM outcome WHERE run_id = '${run.id}'`);
  assert.deepEqual({ ...rows }, { n: ITEMS, items: ITEMS });
  const { target, judge, retried } = done.calls;
  assert.equal(target + judge + retried, world.provider.hits.length, JSON.stringify(done.calls));
  assert.equal(done.duplicate_calls, retried, 'the provider failed none');
  return done;
}

for (const [words, lasts_ms, tables] of [
  ['Network connection lost.', 1_000, ['completion', 'judgement']],
  ['D1 DB reset because its code was updated.', 1_000, ['completion', 'judgement', 'outcome']],
  ['D1 DB storage operation exceeded timeout which caused object to be reset.', 1_000, ['outcome']],
  ['D1 DB is overloaded. Requests queued for too long.', 12_000, ['completion', 'judgement', 'outcome', 'run_event']],
]) {
  test(`a run outlives a database that says for ${lasts_ms} ms: ${words}`, { timeout: 300_000 }, async () => {
    const run = await begin();
    const end = fail(words, tables);
    await pause(lasts_ms);
    const meanwhile = await read(run);
    assert.equal(meanwhile.status, 'running', 'it goes on by itself');
    assert.ok(meanwhile.counts.done < ITEMS);
    end();
    const done = await checkTotals(run);
    assert.ok(done.duplicate_calls > 0, 'what was answered and not stored was asked for again');
    const [{ known_usd }] = await rowsOf(world.state, `SELECT sum(cost_usd) AS known_usd FROM run_spend WHERE run_id = '${run.id}'`);
    const { target, judge } = done.calls;
    const expected = known_usd * (1 + done.duplicate_calls / (target + judge));
    assert.ok(Math.abs(done.cost_usd / expected - 1) < 0.3, `${done.cost_usd} USD, about ${expected} with what was lost`);
    assert.ok(done.cost_usd > known_usd);
  });
}

test('a run pauses when the database is full, says why, and goes on by hand with nothing lost', { timeout: 300_000 }, async () => {
  const run = await begin();
  const end = fail('database or disk is full', ['completion', 'judgement', 'outcome']);
  const paused = await becomes(world, run, 'paused');
  assert.match(paused.reason, /^the database is full; delete logs or sets that are no longer needed/);
  end();
  await world.ask('POST', `/api/runs/${run.id}/resume`);
  await checkTotals(run);
});

test('a run that a full database has no room for is refused in words, before any call', async () => {
  const end = fail('database or disk is full', ['run']);
  const refused = await world.api('POST', '/api/runs', chosen());
  end();
  assert.deepEqual([refused.status, refused.headers.get('content-type')], [503, 'application/problem+json']);
  assert.match(refused.body.detail, /^the database is full; delete logs or sets/);
  assert.equal(world.provider.hits.length, 0);
});
