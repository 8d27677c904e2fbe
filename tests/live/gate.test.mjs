// The gate, live, as a build asks it: `curl` alone waits for the run, and its exit code is the answer.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, beforeEach, test } from 'node:test';
import { eventually, startWorld } from './world.mjs';

/** What curl exits with when a status of 400 or more is the last word. */
const REFUSED = 22;

let world;
let set;

before(async () => {
  world = await startWorld();
  set = await world.ask('POST', '/api/sets', { name: 'Gate', criteria: [{ name: 'Helpful', question: 'Does the response answer what was asked?' }] });
  const items = Array.from({ length: 40 }, (_, n) => ({ request: `Where is parcel ${n * 7}?`, reference: `Parcel ${n * 7} waits at depot ${n}.` }));
  await world.ask('POST', `/api/sets/${set.id}/items`, { items });
});
after(() => world?.close());
beforeEach(() => {
  world.provider.reset();
  world.provider.configure({ latency_ms: 0, level });
});

/** Three of four answers are right; what is neither one nor the original is a canary, and wrong. */
function level({ data: { candidate, reference } }) {
  if (candidate === reference) return 5;
  if (!candidate.startsWith('Scripted answer')) return 0;
  return Number(candidate.match(/parcel (\d+)/)[1]) % 4 === 0 ? 2 : 5;
}

const start = (more) => world.ask('POST', '/api/runs', {
  set_id: set.id,
  target: { provider: 'scripted', model: 'scripted' },
  judge: { provider: 'scripted', model: 'judge' },
  baseline: false,
  ...more,
});

/** Asks as the README tells a build to. Resolves with the exit code and the body. */
function gate(run, query) {
  const url = `${world.url}/api/runs/${run.id}/gate?${query}`;
  const options = ['-fsS', '--retry', '100', '--retry-delay', '1', '-H', `authorization: Bearer ${world.token}`, url];
  return new Promise((resolve) => {
    execFile('curl', options, (error, stdout) => resolve({ exit: error ? error.code : 0, body: stdout && JSON.parse(stdout) }));
  });
}

test('a build waits for the run, and goes on when it passes', async () => {
  world.provider.configure({ latency_ms: 200 });
  const run = await start({ concurrency: 6 });
  const early = await world.api('GET', `/api/runs/${run.id}/gate?min_pass_rate=0.5`);
  assert.deepEqual([early.status, early.body.verdict], [503, 'incomplete']);
  assert.match(early.headers.get('retry-after'), /^\d+$/);
  const { exit, body } = await gate(run, 'min_pass_rate=0.5');
  assert.equal(exit, 0);
  assert.equal(body.verdict, 'pass');
  assert.equal(body.summary.scored, 40);
});

test('a build fails where the run fails, and where nothing can be said', async () => {
  const run = await start();
  assert.equal((await gate(run, 'min_pass_rate=0.99')).exit, REFUSED);
  const failed = await world.api('GET', `/api/runs/${run.id}/gate?min_pass_rate=0.99`);
  assert.deepEqual([failed.status, failed.body.verdict], [412, 'fail']);

  const unread = await start({ judge: { provider: 'scripted', model: 'judge@prose' } });
  await eventually(async () => (await world.ask('GET', `/api/runs/${unread.id}`)).status === 'done');
  assert.equal((await gate(unread, 'min_pass_rate=0.5')).exit, REFUSED);
  const unscored = await world.api('GET', `/api/runs/${unread.id}/gate?min_pass_rate=0.5`);
  assert.equal(unscored.status, 412);
  assert.equal(unscored.body.summary.pass_rate, null);
});
