// What becomes of everybody when one request panics, or fills the stack: it ends the instance that all share.
//
// Waits for states, never for times; but a run that goes on only when its calls' deadlines are over (two minutes) is
// found out.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { rowsOf } from './database.mjs';
import { eventually, pause, startWorld } from './world.mjs';

const ITEMS = 100;
/** The canaries of a run that a judge is asked about. */
const CANARY_CALLS = 6;
const PATIENCE = { within_ms: 60_000 };

let world;

before(async () => {
  world = await startWorld({ env: { DEBUG_PANIC: '1' } });
});
after(() => world?.close());
beforeEach(() => world.provider.reset());

const panic = () => world.api('POST', '/api/debug/panic');
const chat = (model) => world.api('POST', '/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Where is it?' }] });

/** Starts a run that is well under way. */
async function underWay(name) {
  const set = await world.ask('POST', '/api/sets', { name, criteria: [{ name: 'Right', question: 'Is it right?' }] });
  const items = Array.from({ length: ITEMS }, (_, n) => ({ request: `${name}: where is parcel ${n * 7}?`, reference: `Parcel ${n * 7} waits.` }));
  await world.ask('POST', `/api/sets/${set.id}/items`, { items });
  const run = await world.ask('POST', '/api/runs', {
    set_id: set.id,
    target: { provider: 'scripted', model: 'scripted' },
    judge: { provider: 'scripted', model: 'judge' },
    baseline: false,
    concurrency: 12,
  });
  await eventually(async () => (await world.ask('GET', `/api/runs/${run.id}`)).counts.done >= 10, PATIENCE);
  return run;
}

/** Sees a run to its end: every item has one outcome, and all that was answered is counted or told to be repeated. */
async function checkEnd(run) {
  const done = await eventually(async () => {
    const now = await world.ask('GET', `/api/runs/${run.id}`);
    return now.status === 'done' && now;
  }, PATIENCE);
  const { total, done: ended, passed, failed, unscored, errored } = done.counts;
  assert.deepEqual([total, ended, passed + failed, unscored, errored], [ITEMS, ITEMS, ITEMS, 0, 0]);
  const rows = await rowsOf(world.state, `SELECT count(*) AS n, count(DISTINCT item_id) AS items FROM outcome WHERE run_id = '${run.id}'`);
  assert.deepEqual({ ...rows[0] }, { n: ITEMS, items: ITEMS }, 'one outcome for each item');
  return done;
}

test('a request that panics is answered 500, and the next one as ever', async () => {
  const lost = await panic();
  assert.equal(lost.status, 500);
  assert.equal(lost.headers.get('content-type'), 'application/problem+json');
  assert.deepEqual(lost.body, {
    type: '/problems/internal', title: 'Something went wrong', status: 500,
    detail: 'something went wrong here, and this request went with it; send it again', errors: [],
  });
  assert.equal((await world.api('GET', '/api/sets')).status, 200);
  assert.equal((await chat('scripted/scripted')).status, 200);
  // The operator reads where.
  await eventually(() => /panicked at .*debug\.rs/.test(world.output()));
});

test('a run under way goes on at once', async () => {
  world.provider.configure({ latency_ms: 100 });
  const run = await underWay('One panic');
  assert.equal((await panic()).status, 500);
  const asked = world.provider.hits.length;
  const done = await checkEnd(run);
  assert.ok(world.provider.hits.length > asked, 'it was under way');
  assert.ok(done.calls.target >= ITEMS && done.calls.judge >= ITEMS + CANARY_CALLS, JSON.stringify(done.calls));
});

test('ten panics in a row lose no item and count none twice', async () => {
  world.provider.configure({ latency_ms: 50 });
  const run = await underWay('Ten panics');
  for (let n = 0; n < 10; n += 1) {
    const before = world.provider.hits.length;
    assert.equal((await panic()).status, 500);
    await eventually(() => world.provider.hits.length > before + 5, PATIENCE);
  }
  await checkEnd(run);
});

const dropped = async () => (await world.ask('GET', '/api/health')).log_dropped;

test('what waits for a provider when another request panics is answered 500, not left to wait, and its log counted as lost', async () => {
  const before = await dropped();
  const waits = chat('scripted/scripted@hang');
  await eventually(() => world.provider.in_flight === 1);
  assert.equal((await panic()).status, 500);
  const lost = await waits;
  assert.equal(lost.status, 500);
  assert.equal(lost.body.error.code, 'internal');
  // Its id is where the operator reads.
  const id = lost.headers.get('x-request-id');
  assert.match(id, /^[0-9a-f-]{36}$/);
  await eventually(() => world.output().includes(`the request ${id} to /v1/chat/completions was lost`));
  assert.equal((await chat('scripted/scripted')).status, 200);
  await eventually(async () => (await dropped()) === before + 1);
});

test('a stack that is full is as a panic is', async () => {
  const before = await dropped();
  const waits = chat('scripted/scripted@hang');
  await eventually(() => world.provider.in_flight === 1);
  const full = await world.api('POST', '/api/debug/overflow');
  assert.deepEqual([full.status, full.body.type], [500, '/problems/internal']);
  assert.ok(full.headers.get('x-request-id'));
  assert.equal((await waits).status, 500);
  assert.equal((await chat('scripted/scripted')).status, 200);
  await eventually(async () => (await dropped()) === before + 1);
});

test('answers that have begun pass on to their end, and their logs are counted as lost', async () => {
  const before = await dropped();
  world.provider.configure({ chunk_ms: 200 });
  const token = await world.key('ingest');
  const streams = await Promise.all(Array.from({ length: 3 }, async () => {
    const response = await fetch(`${world.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ model: 'scripted/scripted', stream: true, messages: [{ role: 'user', content: 'Where is it?' }] }),
    });
    return response.text();
  }).map((text, place) => (place === 0 ? panicSoon().then(() => text) : text)));
  for (const text of streams) assert.ok(text.endsWith('data: [DONE]\n\n'), text.slice(-100));
  assert.equal(world.provider.hits.filter((hit) => hit.answered).length, 3);

  // They are counted with the next log.
  const next = await chat('scripted/scripted');
  await eventually(async () => (await world.api('GET', `/api/logs/${next.headers.get('x-assay-log-id')}`)).status === 200);
  await eventually(async () => (await dropped()) === before + 3);
});

/** Panics once three answers have begun. */
async function panicSoon() {
  await eventually(() => world.provider.in_flight === 3);
  await pause(600);
  assert.equal((await panic()).status, 500);
}

test('nobody can make a deployment panic', async () => {
  const key = await world.key('read', 'run', 'ingest');
  assert.equal((await world.api('POST', '/api/debug/panic', undefined, { token: key })).status, 403);
  const deployed = await startWorld();
  try {
    assert.equal((await deployed.api('POST', '/api/debug/panic')).status, 404);
  } finally {
    await deployed.close();
  }
});
