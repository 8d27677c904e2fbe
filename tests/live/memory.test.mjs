// What becomes of everybody when something takes more memory than there is: a request, or the answer to an item of a run.
//
// The runtime gives the Worker little memory, so that what is usual fits in and what is large does not. Leaves out several
// shards and canaries: `step.rs`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { becomes, newRun, setOf } from './runs.mjs';
import { startWorld } from './world.mjs';

/** Pages of 64 KiB. The platform gives 128 MB, which no single request comes near. */
const PAGES = 160;
const ITEMS = 30;
const LARGE = 'x'.repeat(3_500_000);

let world;

before(async () => {
  const answer = ({ last_user: text }) => (text.includes('parcel 84?') ? LARGE : `It waits: ${text}`);
  world = await startWorld({ env: { MINIFLARE_WORKERD_V8_FLAGS: `--wasm-max-mem-pages=${PAGES}` }, provider: { answer } });
});
after(() => world?.close());

test('a request that takes more memory than there is fails, and the next one is answered as ever', async () => {
  const set = await setOf(world, 1);
  const add = (reference) => world.api('POST', `/api/sets/${set.id}/items`, { items: [{ request: 'Where is it?', reference }] });
  const lost = await add(LARGE);
  assert.deepEqual([lost.status, lost.body.type], [500, '/problems/internal']);
  assert.equal((await add('At the depot.')).body.added, 1);
});

test('an item whose answer takes more memory than there is is given up, and the others are scored', { timeout: 180_000 }, async () => {
  const set = await setOf(world, ITEMS);
  const begun = await world.ask('POST', '/api/runs', newRun(set, { concurrency: 6 }));
  const run = await becomes(world, begun, 'done');
  const { total, passed, failed, unscored, errored } = run.counts;
  assert.deepEqual([total, passed + failed, unscored, errored], [ITEMS, ITEMS - 1, 0, 1]);

  const { data } = await world.ask('GET', `/api/runs/${run.id}/results?verdict=error`);
  assert.match(data[0].request_preview, /parcel 84\?/);
  assert.match(data[0].response_preview, /^the service broke down \d+ times in a row while it worked on this/);
  const asked = world.provider.hits.filter((hit) => JSON.stringify(hit.body).includes('parcel 84?'));
  assert.ok(asked.length >= 8 && asked.length <= 10, `asked ${asked.length} times`);
  const { target, judge, retried } = run.calls;
  assert.ok(target + judge + retried >= world.provider.hits.length, 'every call is counted');
});
