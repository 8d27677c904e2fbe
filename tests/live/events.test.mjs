// A run told as it happens, what was said about it beforehand, and which addresses are pages of the app.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { eventually, startWorld } from './world.mjs';

let world;

before(async () => {
  world = await startWorld();
});
after(() => world?.close());
beforeEach(() => world.provider.reset());

async function setOf(name, n) {
  const set = await world.ask('POST', '/api/sets', { name, criteria: [{ name: 'Helpful', question: 'Does it answer what was asked?' }] });
  const items = Array.from({ length: n }, (_, i) => ({ request: `${name}, question ${i}: where is parcel ${i * 7}?`, reference: `Parcel ${i * 7} waits at depot ${i}.` }));
  await world.ask('POST', `/api/sets/${set.id}/items`, { items });
  return set.id;
}

const wish = (set) => ({
  set_id: set,
  target: { provider: 'scripted', model: 'scripted' },
  judge: { provider: 'scripted', model: 'judge' },
  concurrency: 12,
});

/** Listens from after `last` until the stream closes, or `enough` says so of what was heard; then it is cut off. */
async function listen(run, last, enough = () => false) {
  const cut = new AbortController();
  const response = await fetch(`${world.url}/api/runs/${run}/events`, {
    headers: { authorization: `Bearer ${world.token}`, ...(last && { 'last-event-id': last }) },
    signal: cut.signal,
  });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const events = [];
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop();
    events.push(...blocks.filter((block) => block.startsWith('event: ')).map(read));
    if (enough(events)) {
      cut.abort();
      return { events, closed: false };
    }
  }
  return { events, closed: true };
}

function read(block) {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)));
  return { name: fields.event, id: fields.id, data: JSON.parse(fields.data) };
}

const outcomes = (events) => events.filter((event) => event.name === 'outcome');

test('a listener who is cut off and comes back hears each outcome once, and how the run ended', async () => {
  world.provider.configure({ latency_ms: 40 });
  const run = await world.ask('POST', '/api/runs', wish(await setOf('Told', 80)));
  const first = await listen(run.id, undefined, (events) => outcomes(events).length >= 20);
  assert.ok(!first.closed, 'it was cut off in the middle');
  // What came with the last chunk was heard too.
  const second = await listen(run.id, first.events.at(-1).id, (events) => outcomes(events).length >= 20);
  const third = await listen(run.id, second.events.at(-1).id);
  assert.ok(third.closed);
  const heard = [...first.events, ...second.events, ...third.events];
  const items = outcomes(heard).map((event) => event.data.item_id);
  assert.deepEqual({ heard: items.length, different: new Set(items).size }, { heard: 80, different: 80 });
  const done = heard.filter((event) => event.name === 'progress').map((event) => event.data.counts.done);
  assert.deepEqual(done, done.toSorted((a, b) => a - b), 'progress never goes back');
  const { name, data } = heard.at(-1);
  assert.equal(name, 'progress');
  const whole = await world.ask('GET', `/api/runs/${run.id}`);
  assert.deepEqual(data, Object.fromEntries(Object.keys(data).map((key) => [key, whole[key]])));
  assert.equal(data.status, 'done');
});

test('the estimate of a run is what the run takes, and of a second run nothing', async () => {
  const set = await setOf('Foreseen', 40);
  const estimate = await world.ask('POST', '/api/runs/estimate', wish(set));
  const { id } = await world.ask('POST', '/api/runs', wish(set));
  const run = await eventually(async () => {
    const run = await world.ask('GET', `/api/runs/${id}`);
    return run.status === 'done' && run;
  }, { within_ms: 60_000 });
  const { target_calls: target, judge_calls: judge, memoised_calls: memoised } = estimate;
  assert.deepEqual({ target, judge, memoised, retried: 0 }, run.calls);
  assert.ok(estimate.cost_usd > 0 && estimate.unpriced.length === 0);
  const again = await world.ask('POST', '/api/runs/estimate', wish(set));
  assert.deepEqual([again.target_calls, again.judge_calls, again.cost_usd, again.seconds], [0, 0, 0, 0]);
  assert.equal(again.memoised_calls, target + judge);
});

test('a file that is gone is not there, and any other address is the page', async () => {
  const get = async (path, method = 'GET') => {
    const response = await fetch(`${world.url}${path}`, { method });
    return { status: response.status, type: response.headers.get('content-type'), cache: response.headers.get('cache-control'), policy: response.headers.get('content-security-policy'), text: await response.text() };
  };
  const page = await get('/');
  assert.match(page.policy, /default-src 'none'/);
  const [file] = /\/assets\/[^"]+\.js/.exec(page.text);
  assert.match((await get(file)).cache, /immutable/);
  for (const path of ['/assets/gone-0123abcd.js', '/assets/', '/assets/gone/deeper.wasm']) {
    const gone = await get(path);
    assert.deepEqual([path, gone.status, gone.cache], [path, 404, 'no-store']);
    assert.doesNotMatch(gone.text, /<html/);
  }
  for (const path of ['/runs/0199', '/sets?x=1', '/assets.html/x']) {
    const shown = await get(path);
    assert.deepEqual([path, shown.status, shown.text], [path, 200, page.text]);
    assert.deepEqual([shown.cache, shown.policy, shown.type], [page.cache, page.policy, page.type]);
  }
  assert.equal((await get('/runs/0199', 'POST')).status, 404);
});
