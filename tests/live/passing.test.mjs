// Answers on their way, live: how much is held of one that its caller does not take, and when one ends that comes to no end,
// with a log and without.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { eventually, pause, startWorld } from './world.mjs';

const IDLE_MS = 1_500;
const MEGABYTE = 1024 * 1024;
const HUGE = 120 * MEGABYTE;
/** What the sockets on the way may hold, and the pieces in them. */
const ON_THE_WAY = 24 * MEGABYTE;

let world;
let gateway;

before(async () => {
  world = await startWorld({ env: { UPSTREAM_IDLE_MS: String(IDLE_MS) }, provider: { huge_bytes: HUGE, chunk_ms: 20 } });
  gateway = await world.key('ingest');
});
after(() => world?.close());
beforeEach(() => world.provider.reset());

/** Asks for an answer, and resolves with its head as soon as it is there; nothing of its body is read. */
function ask(body, headers = {}) {
  const text = JSON.stringify({ messages: [{ role: 'user', content: 'Tell me.' }], ...body });
  const sent = { authorization: `Bearer ${gateway}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers };
  return new Promise((resolve, reject) => {
    const request = http.request(`${world.url}/v1/chat/completions`, { method: 'POST', agent: false, headers: sent }, resolve);
    request.on('error', reject);
    request.end(text);
  });
}

/** Reads an answer to its end, or to where it broke. */
async function rest(response) {
  let bytes = 0;
  try {
    for await (const chunk of response) bytes += chunk.length;
  } catch {
    return { bytes, broke: true };
  }
  return { bytes, broke: false };
}

const WITH_A_LOG = {};
const WITHOUT = { 'x-assay-log': 'off' };

for (const [words, headers] of [['with a log', WITH_A_LOG], ['without', WITHOUT]]) {
  for (const stream of [true, false]) {
    test(`of an answer that its caller does not take little is held, ${words}, ${stream ? 'streamed' : 'whole'}`, async () => {
      const response = await ask({ model: 'scripted/scripted@huge', stream }, headers);
      const [hit] = world.provider.hits;
      let taken = -1;
      await eventually(async () => {
        const before = taken;
        taken = hit.taken_bytes;
        await pause(500);
        return taken > 0 && taken === before;
      }, { within_ms: 30_000 });
      assert.ok(taken < ON_THE_WAY, `${taken / MEGABYTE} MB were taken for nobody`);
      const { bytes, broke } = await rest(response);
      assert.deepEqual([broke, bytes > HUGE], [false, true], `${bytes} bytes`);
    });

    test(`an answer that stops coming is ended, ${words}, ${stream ? 'streamed' : 'whole'}`, async () => {
      const began = performance.now();
      const response = await ask({ model: 'scripted/scripted@stall-mid', stream }, headers);
      const { bytes, broke } = await rest(response);
      const took = performance.now() - began;
      assert.ok(bytes > 0);
      // Of a body whose length is not known, workerd itself writes an end also when it breaks off.
      assert.equal(broke, !stream);
      assert.ok(took > IDLE_MS * 0.9 && took < IDLE_MS + 10_000, `${took} ms`);
      await eventually(() => world.provider.hits[0].aborted);
    });
  }

  for (const stream of [true, false]) {
    test(`whoever leaves an answer that stands still is not waited for, ${words}, ${stream ? 'streamed' : 'whole'}`, async () => {
      const response = await ask({ model: 'scripted/scripted@stall-mid', stream }, headers);
      await new Promise((resolve) => { response.once('data', resolve); });
      const left = performance.now();
      // The local runtime tells of a caller who is not written to only when the connection is reset.
      response.socket.resetAndDestroy();
      await eventually(() => world.provider.hits[0].aborted, { within_ms: IDLE_MS + 10_000, every_ms: 10 });
      const late = performance.now() - left;
      assert.ok(late < IDLE_MS / 2, `${late} ms`);
    });
  }
}
