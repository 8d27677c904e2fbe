// What a run makes of each fault of a provider, live: the rows of the fault table that concern the runner.
//
// Every fault has a run of one item whose target does just that; those that a stream can have, another by a provider
// that streams. Leaves out what the native suite tries with its own clock: how long is waited for what.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startWorld } from './world.mjs';

const MEGABYTE = 1024 * 1024;

let world;
let set;

before(async () => {
  world = await startWorld({
    env: { UPSTREAM_DEADLINE_MS: '3000', UPSTREAM_IDLE_MS: '1000' },
    provider: { huge_bytes: 30 * MEGABYTE, bomb_bytes: 30 * MEGABYTE },
  });
  const { base_url } = world.provider;
  await world.ask('POST', '/api/providers', { name: 'streaming', protocol: 'openai', base_url, api_key: 'sk-stored-key-0001', stream: true });
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

/** As `FAULTS`, of a provider whose answers are streamed. A part of an answer is none. */
const STREAMED = {
  ...FAULTS,
  'reset-mid': ['error', 5, /connection to the provider broke.*tried 5 times/],
  'trunc-sse': ['error', 3, /neither a finish reason nor \[DONE\].*tried 3 times/],
  'no-done': ['error', 3, /neither a finish reason nor \[DONE\].*tried 3 times/],
  'no-done:1': ['scored', 2],
  'stall-mid': ['error', 5, /stood still for 1000 ms.*tried 5 times/],
  'error-mid': ['error', 3, /500.*server had an error.*tried 3 times/],
  'bad-json': ['error', 3, /an event of its stream is not JSON/],
  'bad-utf8': ['error', 3, /not UTF-8/],
  'deep-json': ['error', 3, /an event of its stream is not JSON/],
};

/** Runs each fault, and gives what was said of the items that were scored. */
async function tryAll(provider, faults) {
  const seen = {};
  const expected = {};
  const said = {};
  await Promise.all(Object.entries(faults).map(async ([fault, [verdict, calls, words]]) => {
    const model = `scripted@${fault}`;
    const run = await world.ask('POST', '/api/runs', {
      set_id: set.id,
      target: { provider, model },
      judge: { provider, model: 'judge' },
      baseline: false,
      concurrency: 1,
      // Whoever answers at one address answers the same: what one provider said is known of the other.
      fresh: provider === 'streaming',
    });
    const done = await eventually(async () => {
      const now = await world.ask('GET', `/api/runs/${run.id}`);
      return now.status === 'done' && now;
    }, { within_ms: 120_000, every_ms: 250 });
    const [row] = (await world.ask('GET', `/api/runs/${run.id}/results`)).data;
    const hits = targetHits(provider, fault);
    const kind = ['pass', 'fail'].includes(row.verdict) ? 'scored' : row.verdict;
    seen[fault] = [kind, hits.length];
    expected[fault] = [verdict, calls];
    if (words) assert.match(row.response_preview, words, fault);
    if (kind === 'scored') said[fault] = row.response_preview;
    assert.ok(!row.response_preview.includes('sk-stored-key'), `${fault} tells the key`);
    assert.equal(row.score === null, kind !== 'scored', fault);
    assert.equal(done.calls.target + done.calls.retried, calls, `${fault} ${JSON.stringify(done.calls)}`);
  }));
  assert.deepEqual(seen, expected);
  assert.equal(world.provider.caught.length, 0, 'no redirect is followed');
  return said;
}

/** The calls to the target with this fault: the two providers are one, and differ in how they are asked. */
function targetHits(provider, fault) {
  const streams = provider === 'streaming';
  return world.provider.targetHits().filter((hit) => hit.body.model === `scripted@${fault}` && (hit.body.stream === true) === streams);
}

let whole;

test('each fault is waited out, or is the error of its item, and never a score of what nobody said', async () => {
  whole = await tryAll('scripted', FAULTS);
});

test('each fault in a stream is, too, and whatever way an answer is cut, it is the same', async () => {
  const streamed = await tryAll('streaming', STREAMED);
  for (const [fault, said] of Object.entries(streamed)) {
    if (fault in whole) assert.equal(said, whole[fault], fault);
  }
  assert.ok(world.provider.judgeHits().some((hit) => hit.body.stream), 'judges are asked to stream, too');
  assert.ok(targetHits('streaming', 'stall-mid').every((hit) => hit.aborted), 'what stands still is let go of');
  assert.match(streamed['split-utf8'], /Zürich, naïve, 東京, 🙂👩‍🚀, é\.$/);
});

test('a wish to wait is kept in both forms', () => {
  for (const fault of ['429:1', '429-date:1']) {
    const [first, second] = targetHits('scripted', fault);
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
  assert.equal(new Set(replies.map((reply) => JSON.stringify(reply.body))).size, 1);
  assert.equal((await send({ baseline: false })).status, 422);
});
