// The main job, live: logs come in, a set is made of them, a run is judged, and a power cut in the middle loses nothing.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { factsStored } from './database.mjs';
import { eventually, startWorld } from './world.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const CRITERIA = [{ name: 'Helpful', question: 'Does the response answer what was asked?' }];

/** The canaries of a run: how many there are, and how many of them the judge is asked about. */
const CANARIES = { all: 8, asked: 6 };

let world;

before(async () => {
  world = await startWorld();
});
after(() => world?.close());
beforeEach(() => world.provider.reset());

const importLogs = (file, more = '') => world.ask('POST', `/api/logs/import?format=auto${more}`, file);
const finished = (id) => eventually(async () => ended(await world.ask('GET', `/api/runs/${id}`)), { within_ms: 60_000 });
const ended = (run) => !['queued', 'running'].includes(run.status) && run;

/** Lines of chat pairs: a hundred different questions of one feature. */
function hundred(feature) {
  const line = (n) => ({
    created: 1_788_000_000 + n,
    request: { model: 'old', messages: [{ role: 'user', content: `Question ${n} about ${feature}: where is parcel ${n * 7}?` }], metadata: { feature } },
    response: { choices: [{ index: 0, message: { role: 'assistant', content: `Parcel ${n * 7} waits at depot ${n}.` }, finish_reason: 'stop' }] },
  });
  return Array.from({ length: 100 }, (_, n) => JSON.stringify(line(n))).join('\n');
}

async function setOf(name, filter) {
  const set = await world.ask('POST', '/api/sets', { name, criteria: CRITERIA });
  const added = await world.ask('POST', `/api/sets/${set.id}/items`, { filter });
  return { id: set.id, added };
}

const start = (set, more) => world.ask('POST', '/api/runs', {
  set_id: set.id,
  target: { provider: 'scripted', model: 'scripted' },
  judge: { provider: 'scripted', model: 'judge' },
  ...more,
});

test('the sample logs become a set and the set a finished run, with nothing but what is inside', async () => {
  const file = await readFile(join(ROOT, 'shared/samples/sample_logs.jsonl'), 'utf8');
  const lines = file.trim().split('\n').length;
  const first = await importLogs(file);
  assert.deepEqual(first, { format: 'chat_pairs', imported: lines, duplicates: 0, rejected: [] });
  assert.deepEqual(await importLogs(file), { format: 'chat_pairs', imported: 0, duplicates: lines, rejected: [] });
  const set = await setOf('Summaries', { feature: 'summarising' });
  const run = await start(set, { target: { provider: 'demo', model: 'demo/terse' }, judge: { provider: 'demo', model: 'demo/judge' } });
  const done = await finished(run.id);
  assert.equal(done.status, 'done');
  assert.equal(done.counts.done, set.added.added);
  assert.equal(done.summary.scored + done.summary.unscored + done.summary.errored, set.added.added);
  const results = await world.ask('GET', `/api/runs/${run.id}/results`);
  const scores = results.data.map((row) => row.score);
  assert.deepEqual(scores, scores.toSorted((a, b) => a - b), 'the worst first');
});

test('three broken lines of ten are named, and seven are taken', async () => {
  const file = await readFile(join(ROOT, 'tests/fixtures/imports/chat_pairs_three_broken.jsonl'), 'utf8');
  const report = await importLogs(file);
  assert.equal(report.imported, 7);
  assert.deepEqual(report.rejected.map((rejected) => rejected.line), [4, 7, 9]);
});

test('a power cut in the middle of a run loses nothing that was stored and asks for none of it again', async () => {
  await importLogs(hundred('cut'));
  const earlier = await factsStored(world.state);
  const set = await setOf('Cut', { feature: 'cut' });
  world.provider.configure({ latency_ms: 60 });
  const run = await start(set, { concurrency: 12, baseline: false });
  await eventually(async () => (await world.ask('GET', `/api/runs/${run.id}`)).counts.done >= 30);
  await world.stop('SIGKILL');
  const now = await factsStored(world.state);
  const stored = { completions: now.completions - earlier.completions, judgements: now.judgements - earlier.judgements };
  assert.ok(stored.completions >= 30 && stored.completions < 100, `the cut came in the middle, at ${stored.completions}`);
  world.provider.reset();
  await world.start();
  const done = await finished(run.id);
  assert.equal(done.status, 'done');
  assert.deepEqual({ total: done.counts.total, done: done.counts.done }, { total: 100, done: 100 });
  assert.equal(world.provider.targetHits().length, 100 - stored.completions);
  assert.equal(world.provider.judgeHits().length, 100 + CANARIES.all - stored.judgements);
  const results = [];
  let cursor = '';
  do {
    const page = await world.ask('GET', `/api/runs/${run.id}/results?limit=33&cursor=${cursor}`);
    results.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor);
  assert.equal(new Set(results.map((row) => row.item_id)).size, 100, 'one outcome for each item');
});

test('a second run of the same set asks nothing, a fresh one everything', async () => {
  await importLogs(hundred('twice'));
  const set = await setOf('Twice', { feature: 'twice' });
  const first = await finished((await start(set)).id);
  world.provider.reset();
  const second = await finished((await start(set)).id);
  assert.equal(world.provider.hits.length, 0);
  assert.deepEqual(second.summary, first.summary);
  assert.deepEqual(second.calls, { target: 0, judge: 0, memoised: 300 + CANARIES.asked, retried: 0 });
  const fresh = await finished((await start(set, { fresh: true })).id);
  assert.equal(world.provider.hits.length, 300 + CANARIES.asked);
  assert.deepEqual(fresh.calls, { target: 100, judge: 200 + CANARIES.asked, memoised: 0, retried: 0 });
});

test('a judge that gives no verdict leaves items unscored, and they can be tried again', async () => {
  await importLogs(hundred('prose'));
  const set = await setOf('Prose', { feature: 'prose' });
  const run = await start(set, { judge: { provider: 'scripted', model: 'judge@prose' }, sample: { n: 8, seed: 1 }, baseline: false });
  const done = await finished(run.id);
  assert.deepEqual(done.counts, { total: 8, done: 8, passed: 0, failed: 0, unscored: 8, errored: 0 });
  assert.equal(done.summary.pass_rate, null);
  assert.deepEqual(done.summary.pass_rate_bounds, [0, 1]);
  world.provider.reset();
  await world.ask('POST', `/api/runs/${run.id}/retry`);
  const again = await eventually(async () => {
    const now = await world.ask('GET', `/api/runs/${run.id}`);
    return now.status === 'done' && now;
  });
  assert.equal(again.counts.unscored, 8);
  assert.equal(world.provider.targetHits().length, 0, 'the answers are known');
});

test('a run pauses, goes on and ends; a cancelled one stays as it is', async () => {
  await importLogs(hundred('steer'));
  const set = await setOf('Steer', { feature: 'steer' });
  world.provider.configure({ latency_ms: 50 });
  const run = await start(set, { concurrency: 6, baseline: false });
  await eventually(async () => (await world.ask('GET', `/api/runs/${run.id}`)).counts.done > 0);
  await world.ask('POST', `/api/runs/${run.id}/pause`);
  const still = await eventually(async () => {
    const before = world.provider.hits.length;
    await new Promise((resolve) => { setTimeout(resolve, 700); });
    return world.provider.hits.length === before && world.ask('GET', `/api/runs/${run.id}`);
  });
  assert.equal(still.status, 'paused');
  assert.ok(still.counts.done < 100);
  await world.ask('POST', `/api/runs/${run.id}/resume`);
  assert.equal((await finished(run.id)).status, 'done');
  assert.equal(world.provider.repeatedQuestions((hit) => hit.answered).length, 0);
  const other = await start(set, { concurrency: 6, baseline: false, fresh: true });
  await world.ask('POST', `/api/runs/${other.id}/cancel`);
  assert.equal((await world.ask('GET', `/api/runs/${other.id}`)).status, 'cancelled');
});

test('nobody comes in without a token, and every answer has its request id', async () => {
  const paths = ['/api/logs', '/api/runs', '/api/sets', '/api/nothing', '/api/openapi.json', '/v1/models', '/v1/chat/completions', '/v1/nothing'];
  for (const path of paths) {
    for (const method of ['GET', 'POST']) {
      const reply = await world.api(method, path, method === 'POST' ? {} : undefined, { token: null });
      assert.equal(reply.status, 401, `${method} ${path}`);
      assert.ok(reply.headers.get('x-request-id'), `${method} ${path} has a request id`);
    }
  }
  assert.equal((await world.api('GET', '/api/health', undefined, { token: null })).body.status, 'ok');
});

test('a page is served with a strict policy, whatever its path', async () => {
  for (const path of ['/', '/runs/some-run']) {
    const reply = await fetch(`${world.url}${path}`);
    assert.equal(reply.status, 200);
    const policy = reply.headers.get('content-security-policy');
    assert.match(policy, /default-src 'none'; script-src 'self' 'wasm-unsafe-eval'/);
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'/);
    assert.equal(reply.headers.get('x-content-type-options'), 'nosniff');
  }
});
