// What a run makes of each fault of a provider, live: the rows of the fault table that concern the runner.
//
// Every fault has a run of one item whose target does just that. Leaves out what the native suite tries with its own
// clock: how long is waited for what.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startWorld } from './world.mjs';

const MEGABYTE = 1024 * 1024;

let world;
let set;

before(async () => {
  world = await startWorld({ env: { UPSTREAM_DEADLINE_MS: '3000' }, provider: { huge_bytes: 30 * MEGABYTE, bomb_bytes: 30 * MEGABYTE } });
  set = await world.ask('POST', '/api/sets', { name: 'Faults', criteria: [{ name: 'Right', question: 'Is it right?' }] });
  await world.ask('POST', `/api/sets/${set.id}/items`, { items: [{ request: 'Where is parcel 7?', reference: 'Parcel 7 waits at depot 1.' }] });
});
after(() => world?.close());

/** Switch of the provider: what becomes of the item, after how many calls, and what is said of it. */
const FAULTS = {
  '429:1': ['scored', 2],
  '429-date:1': ['scored', 2],
  '429-bare:2': ['scored', 3],
  400: ['error', 1, /400.*Unsupported parameter/],
  401: ['error', 1, /401.*Incorrect API key/],
  '500:2': ['scored', 3],
  500: ['error', 3, /500.*tried 3 times/],
  '502-html:1': ['scored', 2],
  '200-error:1': ['scored', 2],
  'reset-before:1': ['scored', 2],
  'reset-mid:1': ['scored', 2],
  'trunc-sse:1': ['scored', 2],
  'error-mid:1': ['scored', 2],
  'bad-json:1': ['scored', 2],
  'deep-json:1': ['scored', 2],
  'no-done': ['scored', 1],
  'split-utf8': ['scored', 1],
  crlf: ['scored', 1],
  'set-cookie': ['scored', 1],
  'bad-utf8': ['error', 3],
  empty: ['error', 3],
  'hang:1': ['scored', 2],
  'stall-mid:1': ['scored', 2],
  'slowloris:1': ['scored', 2],
  huge: ['error', 1, /larger than/],
  'gzip-bomb': ['error', 1, /larger than/],
  'redirect-meta': ['error', 1, /redirects are not followed/],
  'redirect-local': ['error', 1, /redirects are not followed/],
};

test('each fault is waited out, or is the error of its item, and never a score of what nobody said', async () => {
  const seen = {};
  const expected = {};
  await Promise.all(Object.entries(FAULTS).map(async ([fault, [verdict, calls, words]]) => {
    const model = `scripted@${fault}`;
    const run = await world.ask('POST', '/api/runs', {
      set_id: set.id,
      target: { provider: 'scripted', model },
      judge: { provider: 'scripted', model: 'judge' },
      baseline: false,
      concurrency: 1,
    });
    const done = await eventually(async () => {
      const now = await world.ask('GET', `/api/runs/${run.id}`);
      return now.status === 'done' && now;
    }, { within_ms: 120_000, every_ms: 250 });
    const [row] = (await world.ask('GET', `/api/runs/${run.id}/results`)).data;
    const hits = world.provider.targetHits().filter((hit) => hit.body.model === model);
    const kind = ['pass', 'fail'].includes(row.verdict) ? 'scored' : row.verdict;
    seen[fault] = [kind, hits.length];
    expected[fault] = [verdict, calls];
    if (words) assert.match(row.response_preview, words, fault);
    assert.ok(!row.response_preview.includes('sk-stored-key'), `${fault} tells the key`);
    assert.equal(row.score === null, kind !== 'scored', fault);
    assert.equal(done.calls.target + done.calls.retried, verdict === 'error' ? calls - 1 : calls, `${fault} ${JSON.stringify(done.calls)}`);
  }));
  assert.deepEqual(seen, expected);
  assert.equal(world.provider.caught.length, 0, 'no redirect is followed');
});

test('a wish to wait is kept in both forms', () => {
  for (const fault of ['429:1', '429-date:1']) {
    const [first, second] = world.provider.targetHits().filter((hit) => hit.body.model === `scripted@${fault}`);
    assert.ok(second.time - first.time >= 1_000, `${fault} was asked again after ${second.time - first.time} ms`);
  }
});

test('whoever sends the same start many times at once starts one run', async () => {
  const body = {
    set_id: set.id,
    target: { provider: 'scripted', model: 'scripted-2' },
    judge: { provider: 'scripted', model: 'judge' },
  };
  const send = (more) => world.api('POST', '/api/runs', { ...body, ...more }, { headers: { 'idempotency-key': 'two tabs' } });
  const replies = await Promise.all(Array.from({ length: 5 }, () => send()));
  assert.deepEqual(replies.map((reply) => reply.status), [201, 201, 201, 201, 201]);
  assert.equal(new Set(replies.map((reply) => reply.body.id)).size, 1);
  assert.equal((await send({ baseline: false })).status, 422);
});
