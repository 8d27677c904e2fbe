// Clients that send slowly, live, to the gateway and the API: who stands still or sends a byte now and then is told 408, who
// is merely slow is not.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { eventually, pause, startWorld } from './world.mjs';

/** Stands for half a minute. */
const PATIENCE_MS = 600;
/** The most that a refusal may take on a busy machine. */
const SOON_MS = 6_000;

let world;
let gateway;

before(async () => {
  world = await startWorld({ env: { UPLOAD_PATIENCE_MS: String(PATIENCE_MS) } });
  gateway = await world.key('ingest');
});
after(() => world?.close());
beforeEach(() => world.provider.reset());

const chat = (content) => JSON.stringify({ model: 'scripted/scripted', messages: [{ role: 'user', content }] });

/** Posts a body in pieces, with a pause after each, until it is sent or answered. Resolves with status, body and time. */
async function upload(pieces, { pause_ms, path = '/v1/chat/completions', token = gateway, length = null }) {
  const headers = { connection: 'close', authorization: `Bearer ${token}`, 'content-type': 'application/json', ...(length !== null && { 'content-length': length }) };
  const began = performance.now();
  const request = http.request(`${world.url}${path}`, { method: 'POST', headers, agent: false });
  let answered = false;
  const reply = new Promise((resolve, reject) => {
    request.on('response', async (response) => {
      answered = true;
      const body = (await response.setEncoding('utf8').toArray()).join('');
      resolve({ status: response.statusCode, body, took_ms: performance.now() - began });
    });
    // A server that has answered may close while the client still sends.
    request.on('error', (error) => answered || reject(error));
  });
  for (const piece of pieces) {
    if (answered) break;
    request.write(piece);
    await pause(pause_ms);
  }
  const isWhole = length === null || Buffer.byteLength(pieces.join('')) === length;
  if (isWhole && !answered) request.end();
  try {
    return await reply;
  } finally {
    request.destroy();
  }
}

function assertRefused(reply) {
  assert.equal(reply.status, 408, JSON.stringify(reply));
  assert.match(reply.body, /the request did not arrive within the time for it/);
  assert.ok(reply.took_ms >= PATIENCE_MS && reply.took_ms < SOON_MS, `${reply.took_ms} ms`);
  assert.equal(world.provider.hits.length, 0);
}

const body = chat('Where is my order? '.repeat(20));

test('a small body that stands still is given up on', async () => {
  assertRefused(await upload([body.slice(0, 40)], { pause_ms: 0, length: body.length }));
});

test('a large body that stands still is given up on', async () => {
  const large = chat('Where is my order? '.repeat(10_000));
  assertRefused(await upload([large.slice(0, 1000)], { pause_ms: 0, length: large.length }));
});

test('a body of no length that comes byte by byte is given up on', async () => {
  assertRefused(await upload([...body], { pause_ms: 50 }));
});

test('each protocol is told in its own words', async () => {
  const [openai, anthropic] = await Promise.all(
    ['/v1/chat/completions', '/v1/messages'].map((path) => upload([body.slice(0, 40)], { pause_ms: 0, length: body.length, path })),
  );
  assert.equal(JSON.parse(openai.body).error.code, 'request_timeout');
  assert.equal(JSON.parse(anthropic.body).type, 'error');
  assertRefused(openai);
  assertRefused(anthropic);
});

test('a call of the API is given up on as one of the gateway is, in its own words', async () => {
  const set = JSON.stringify({ name: 'Slow', criteria: [{ name: 'Right', question: 'Is it right?' }], description: 'x'.repeat(200) });
  const of_sets = { path: '/api/sets', token: world.token };
  const replies = await Promise.all([
    upload([set.slice(0, 40)], { pause_ms: 0, length: set.length, ...of_sets }),
    upload([set.slice(0, 40)], { pause_ms: 0, length: 1_000_000, ...of_sets }),
    upload([...set], { pause_ms: 50, ...of_sets }),
    upload([...set], { pause_ms: 50, path: '/api/logs/import' }),
  ]);
  for (const reply of replies) {
    assertRefused(reply);
    const { type, status } = JSON.parse(reply.body);
    assert.deepEqual([type, status], ['/problems/too-slow', 408]);
  }
  assert.deepEqual((await world.ask('GET', '/api/sets')).data, []);
});

test('a file that comes slowly and steadily is imported', async () => {
  const lines = Array.from({ length: 20 }, (_, n) => {
    const request = { model: 'scripted', messages: [{ role: 'user', content: `Where is parcel ${n}?` }] };
    return `${JSON.stringify({ request, response: 'It waits. '.repeat(800) })}\n`;
  });
  const reply = await upload(lines, { pause_ms: 100, path: '/api/logs/import' });
  assert.equal(reply.status, 200, reply.body);
  assert.equal(JSON.parse(reply.body).imported, lines.length);
  assert.ok(reply.took_ms > 2 * PATIENCE_MS, `${reply.took_ms} ms`);
});

test('who is given up on leaves no log', async () => {
  const logs = async () => (await world.ask('GET', '/api/logs/count')).count;
  const before = await logs();
  assertRefused(await upload([body.slice(0, 40)], { pause_ms: 0, length: body.length }));
  assertRefused(await upload([...body], { pause_ms: 50 }));
  const reply = await world.api('POST', '/v1/chat/completions', chat('Hi'), { token: gateway });
  await eventually(async () => (await world.api('GET', `/api/logs/${reply.headers.get('x-assay-log-id')}`)).status === 200);
  assert.equal(await logs(), before + 1, 'what was asked after them is there, and they are not');
});

test('a body that comes slowly and steadily passes', async () => {
  const large = chat('Where is my order? '.repeat(10_000));
  const pieces = large.match(/.{1,8000}/gs);
  const reply = await upload(pieces, { pause_ms: 100, length: large.length });
  assert.equal(reply.status, 200, reply.body);
  assert.ok(reply.took_ms > 2 * PATIENCE_MS, `${reply.took_ms} ms`);
  assert.equal(world.provider.hits.length, 1);
});

test('whoever else asks meanwhile is answered', async () => {
  const slow = Promise.all(Array.from({ length: 20 }, () => upload([...body], { pause_ms: 50 })));
  await pause(100);
  const reply = await world.api('POST', '/v1/chat/completions', chat('Hi'), { token: gateway });
  assert.equal(reply.status, 200);
  assert.deepEqual([...new Set((await slow).map(({ status }) => status))], [408]);
});
