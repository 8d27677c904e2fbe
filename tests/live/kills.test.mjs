// Runs of hundreds of items, live, whose Worker is killed, deployed anew, woken without need, told to wait and held to a
// budget, and that are cancelled half way.
//
// Waits for states, never for times: how fast a machine is changes nothing but how long it takes. Leaves out what
// the simulation tries natively, with far more seeds.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { rowsOf } from './database.mjs';
import { answerTo } from './provider.mjs';
import { becomes, newRun, setOf } from './runs.mjs';
import { eventually, startWorld } from './world.mjs';

const ITEMS = 300;
/** The canaries of a run that a judge is asked about. */
const CANARY_CALLS = 6;
const CONCURRENCY = 12;
/** Every shard is told that a run stands still: what comes after that had been begun. */
const MOST_AFTER = CONCURRENCY;
const PATIENCE = { within_ms: 180_000 };

let world;
let set;

before(async () => {
  world = await startWorld();
  set = await setOf(world, ITEMS);
});
after(() => world?.close());
beforeEach(() => world.provider.reset());

const read = (run) => world.ask('GET', `/api/runs/${run.id}`);
const finished = (run) => becomes(world, run, 'done');
const start = (more) => world.ask('POST', '/api/runs', newRun(set, { concurrency: CONCURRENCY, ...more }));

/** Whole numbers below `most`, the same for the same seed; a linear congruential generator's. */
function draws(seed, most) {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * most);
  };
}

/**
 * Checks that every item has one outcome, and that what is counted is what the provider saw: each question once, and
 * beside them those that were asked again. A call is counted when it is begun: where the Worker was ended at that very
 * moment, the provider saw it or did not, which nobody can tell afterwards. Of those that were lost, and of no others,
 * some may not have come there.
 */
async function checkTotals(run, { ends = 0, failed: refused = 0 } = {}) {
  const done = await finished(run);
  const { total, done: ended, passed, failed, unscored, errored } = done.counts;
  assert.deepEqual([total, ended, passed + failed, unscored, errored], [ITEMS, ITEMS, ITEMS, 0, 0]);
  const rows = await rowsOf(world.state, `SELECT count(*) AS n, count(DISTINCT item_id) AS items FROM outcome WHERE run_id = '${run.id}'`);
  assert.deepEqual({ ...rows[0] }, { n: ITEMS, items: ITEMS }, 'one outcome for each item');
  assert.equal(done.summary.scored, ITEMS);
  const hits = { target: world.provider.targetHits(), judge: world.provider.judgeHits() };
  const questions = (of) => new Set(of.map((hit) => hit.body_hash)).size;
  assert.deepEqual([done.calls.target, done.calls.judge], [questions(hits.target), questions(hits.judge)], 'each question the provider saw');
  assert.deepEqual([done.calls.target, done.calls.judge], [ITEMS, ITEMS + CANARY_CALLS]);
  const { target, judge, retried } = done.calls;
  assert.equal(done.duplicate_calls, retried - refused, 'what the provider did not fail and was asked again had been lost');
  assert.ok(ends === 1 || done.duplicate_calls > 0 === ends > 0, `${done.duplicate_calls} calls were lost`);
  const unseen = target + judge + retried - hits.target.length - hits.judge.length;
  const most = Math.min(done.duplicate_calls, ends * CONCURRENCY);
  assert.ok(unseen >= 0 && unseen <= most, `${unseen} calls are counted that the provider did not see, of ${most} that were lost`);
  return done;
}

test('ten kills lose no item and count none twice, and nothing that was stored is asked again', async () => {
  world.provider.configure({ latency_ms: 30 });
  const draw = draws(20_261_122, 55);
  // A fresh run's target calls look like another's: these facts are its own alone.
  const began = Date.now();
  const run = await start();
  for (let kill = 0; kill < 10; kill += 1) {
    const wanted = world.provider.hits.length + 15 + draw();
    await eventually(() => world.provider.hits.length >= wanted, { within_ms: 60_000, every_ms: 1 });
    await world.stop('SIGKILL');
    const stored = await rowsOf(world.state, `SELECT output FROM completion WHERE created_at >= ${began}`);
    const known = new Set(stored.map((row) => JSON.parse(row.output).text));
    const before = world.provider.hits.length;
    await world.start();
    // What the new Worker asks until it is killed in turn is nothing that the old one stored.
    await eventually(() => world.provider.hits.length > before + 5, PATIENCE);
    const asked = world.provider.hits.slice(before).filter((hit) => hit.chat && !hit.judge);
    const again = asked.filter((hit) => known.has(answerTo(hit.body.messages.at(-1).content)));
    assert.equal(again.length, 0, `after kill ${kill + 1} of ${known.size} stored answers ${again.length} were asked for again`);
  }
  await checkTotals(run, { ends: 10 });
});

test('a deploy in the middle changes no total', async () => {
  world.provider.configure({ latency_ms: 20 });
  const run = await start();
  await eventually(async () => (await read(run)).counts.done >= 50, PATIENCE);
  await world.stop('SIGTERM');
  await world.start();
  await checkTotals(run, { ends: 1 });
});

test('a wait of a day pauses the run with its reason and time, and a person ends it', async () => {
  world.provider.configure({ latency_ms: 20 });
  let turnedAway = 0;
  world.provider.script((call) => {
    if (call.judge || world.provider.targetHits().length < 40 || turnedAway > 0) return undefined;
    turnedAway += 1;
    return '429-long';
  });
  const run = await start();
  const paused = await becomes(world, run, 'paused');
  assert.match(paused.reason, /429.*Rate limit/);
  const hours = (Date.parse(paused.resumes_at) - Date.now()) / 3_600_000;
  assert.ok(hours > 23 && hours < 25, paused.resumes_at);
  assert.ok(paused.counts.done < ITEMS);
  const calls = world.provider.hits.length;
  await eventually(() => world.provider.in_flight === 0);
  assert.ok(world.provider.hits.length <= calls + MOST_AFTER, `${world.provider.hits.length - calls} calls after it was paused`);
  await world.ask('POST', `/api/runs/${run.id}/resume`);
  await checkTotals(run, { failed: turnedAway });
});

test('a budget is not exceeded by more than the calls in flight', async () => {
  const CALL_USD = 0.001;
  world.provider.configure({ latency_ms: 20 });
  // A thousand tokens in and none out, at a dollar for a million.
  world.provider.script((call) => ({
    body: {
      id: 'chatcmpl-1', object: 'chat.completion', model: call.model,
      choices: [{ index: 0, message: { role: 'assistant', content: call.judge ? VERDICT : answerTo(call.last_user) }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1000, completion_tokens: 0, total_tokens: 1000 },
    },
  }));
  const run = await start({ budget_usd: 0.1 });
  await becomes(world, run, 'paused');
  // The first shard to notice pauses the run; the calls of the other end and are counted after that.
  const [paused, spent] = await eventually(async () => {
    const now = await read(run);
    const spent = world.provider.hits.length * CALL_USD;
    return Math.abs(now.cost_usd - spent) < 1e-9 && [now, spent];
  });
  assert.match(paused.reason, /^the budget is spent: stopped at 0\.\d+ of 0\.1 USD after \d+ of 300 items$/);
  // What calls may cost is kept for them before they are begun: what is over is the calls under way.
  assert.ok(spent > 0.1 - CALL_USD * CONCURRENCY && spent <= 0.1 + CALL_USD * CONCURRENCY + 1e-9, `${spent} USD`);
  assert.ok(paused.counts.done < ITEMS);
  world.provider.script(null);
  await world.ask('POST', `/api/runs/${run.id}/cancel`);
});

const VERDICT = JSON.stringify({ evidence: [], reasoning: 'So.', flags: { instruction_in_data: false, cannot_judge: false }, level: 5 });

test('shards that are woken again and again ask nothing twice, and what is done never falls', async () => {
  world.provider.configure({ latency_ms: 20 });
  const run = await start();
  const seen = [];
  const over = await eventually(async () => {
    // It is under way: all that this does is wake every shard.
    await Promise.all(Array.from({ length: 5 }, () => world.ask('POST', `/api/runs/${run.id}/resume`).catch(refusedAsOver)));
    const now = await read(run);
    seen.push(now.counts.done);
    return now.status === 'done' && now;
  }, PATIENCE);
  assert.ok(seen.length >= 10, `woken ${seen.length} times`);
  assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
  await checkTotals(over);
  assert.equal(world.provider.repeatedQuestions((hit) => hit.answered).length, 0);
});

function refusedAsOver(error) {
  assert.match(String(error), /the run is over/);
}

test('a cancelled run makes no further calls, and a new one pays for nothing that is known', async () => {
  const MANY = 1_000;
  world.provider.configure({ latency_ms: 20 });
  const many = await setOf(world, MANY);
  const startMany = () => world.ask('POST', '/api/runs', newRun(many, { concurrency: CONCURRENCY, fresh: false }));
  const run = await startMany();
  await eventually(async () => (await read(run)).counts.done >= MANY / 2, PATIENCE);
  await world.ask('POST', `/api/runs/${run.id}/cancel`);
  const calls = world.provider.hits.length;
  await eventually(async () => {
    const before = world.provider.hits.length;
    const { counts } = await read(run);
    const later = await read(run);
    return world.provider.in_flight === 0 && world.provider.hits.length === before && later.counts.done === counts.done;
  }, PATIENCE);
  const cancelled = await read(run);
  assert.equal(cancelled.status, 'cancelled');
  assert.ok(world.provider.hits.length <= calls + MOST_AFTER, `${world.provider.hits.length - calls} calls after it was cancelled`);
  const { total, done, passed, failed, unscored, errored } = cancelled.counts;
  assert.equal(total, MANY);
  assert.ok(done >= MANY / 2 && done < MANY, `${done} are done`);
  assert.equal(done, passed + failed + unscored + errored);
  const asked = world.provider.hits.length;
  await finished(await startMany());
  assert.equal(world.provider.hits.length, 2 * MANY + CANARY_CALLS, `${asked} calls before, and the others after`);
  assert.equal(world.provider.duplicates((hit) => hit.answered && !hit.judge).length, 0);
});
