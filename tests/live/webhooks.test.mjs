// Webhooks, live: a run ends, and a receiver gets a message that it can prove, again if it did not take it.

import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startReceiver } from './receiver.mjs';
import { eventually, startWorld } from './world.mjs';

/** The first wait after a try that failed is five seconds. */
const SECOND_TRY_MS = 20_000;

let world;
let receiver;

before(async () => {
  world = await startWorld();
  receiver = await startReceiver();
});
after(async () => {
  receiver?.close();
  await world?.close();
});

/** Verifies as the README says. */
function isSigned({ headers, text }, secret) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
  const expected = createHmac('sha256', key).update(signed).digest();
  const signatures = headers['webhook-signature'].split(' ').filter((one) => one.startsWith('v1,'));
  return signatures.some((one) => timingSafeEqual(Buffer.from(one.slice(3), 'base64'), expected));
}

test('the end of a run is told once it is taken, under one id and signed each time', async () => {
  const hook = await world.ask('POST', '/api/webhooks', { name: 'CI', url: receiver.url, events: ['run.finished'] });
  assert.match(hook.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  receiver.answers(500, 200);
  const set = await world.ask('POST', '/api/sets', { name: 'Told', criteria: [{ name: 'Helpful', question: 'Does the response answer what was asked?' }] });
  await world.ask('POST', `/api/sets/${set.id}/items`, { items: [{ request: 'Where is parcel 7?', reference: 'Parcel 7 waits at depot 1.' }] });
  const models = { target: { provider: 'scripted', model: 'scripted' }, judge: { provider: 'scripted', model: 'judge' } };
  const run = await world.ask('POST', '/api/runs', { set_id: set.id, ...models });

  const last = async () => (await world.ask('GET', '/api/webhooks')).data[0].last_delivery;
  await eventually(() => receiver.letters.length === 2, { within_ms: SECOND_TRY_MS });
  const delivered = await eventually(async () => (await last()).state === 'delivered' && last());
  assert.deepEqual([delivered.status, delivered.error, delivered.tries, delivered.run_id], [200, null, 2, run.id]);

  for (const letter of receiver.letters) {
    assert.deepEqual([letter.method, letter.url], ['POST', '/hook?team=1']);
    assert.equal(letter.headers['content-type'], 'application/json');
    assert.ok(Math.abs(Date.now() / 1000 - Number(letter.headers['webhook-timestamp'])) < 60);
    assert.ok(isSigned(letter, hook.secret));
    assert.ok(!isSigned({ ...letter, text: `${letter.text} ` }, hook.secret));
  }
  const [first, second] = receiver.letters;
  assert.equal(first.headers['webhook-id'], second.headers['webhook-id']);
  assert.equal(first.text, second.text);
  const { type, timestamp, data } = JSON.parse(second.text);
  const gate = (await world.api('GET', `/api/runs/${run.id}/gate`)).body;
  const { finished_at } = await world.ask('GET', `/api/runs/${run.id}`);
  assert.deepEqual([type, timestamp, data.id, data.link], ['run.finished', finished_at, run.id, `/runs/${run.id}`]);
  assert.deepEqual(data.gate, { verdict: gate.verdict, reasons: gate.reasons });
});

test('a test delivers a sample at once, and a redirect is not followed', async () => {
  const { data: [hook] } = await world.ask('GET', '/api/webhooks');
  const before = receiver.letters.length;
  receiver.answers(204, 302);
  const taken = await world.ask('POST', `/api/webhooks/${hook.id}/test`);
  assert.deepEqual([taken.ok, taken.status], [true, 204]);
  const moved = await world.ask('POST', `/api/webhooks/${hook.id}/test`);
  assert.deepEqual([moved.ok, moved.status, moved.error], [false, 302, 'it answered 302; redirects are not followed']);
  assert.deepEqual(receiver.letters.slice(before).map(({ url, text }) => [url, JSON.parse(text).type]), [
    ['/hook?team=1', 'webhook.test'],
    ['/hook?team=1', 'webhook.test'],
  ]);
});
