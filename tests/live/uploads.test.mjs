// Clients that send slowly, live: who stands still or sends a byte now and then is told 408, who is merely slow is not.

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { pause, startWorld } from './world.mjs';

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

/** Posts a body in pieces, with a pause after each, and goes on until it is answered. Resolves with status, body and time. */
async function upload(pieces, { pause_ms, path = '/v1/chat/completions', length = null }) {
  const socket = net.connect(Number(new URL(world.url).port), '127.0.0.1');
  let read = '';
  let ended = false;
  socket.setEncoding('utf8').on('data', (text) => { read += text; });
  // A server that has answered may close while the client still sends.
  socket.on('error', () => {}).on('close', () => { ended = true; });
  const framing = length === null ? 'transfer-encoding: chunked' : `content-length: ${length}`;
  socket.write(`POST ${path} HTTP/1.1\r\nhost: assay\r\nconnection: close\r\nauthorization: Bearer ${gateway}\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`);
  const began = performance.now();
  for (const piece of pieces) {
    if (ended || read) break;
    socket.write(length === null ? `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n` : piece);
    await pause(pause_ms);
  }
  if (length === null && !ended && !read) socket.write('0\r\n\r\n');
  const late = began + SOON_MS;
  while (!ended && performance.now() < late) await pause(20);
  socket.destroy();
  const [head, ...rest] = read.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), body: rest.join('\r\n\r\n'), took_ms: performance.now() - began };
}

function assertRefused(reply) {
  assert.equal(reply.status, 408, JSON.stringify(reply));
  assert.match(reply.body, /request_timeout/);
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
  const reply = await upload([body.slice(0, 40)], { pause_ms: 0, length: body.length, path: '/v1/messages' });
  assertRefused(reply);
  assert.match(reply.body, /"type":"error"/);
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
