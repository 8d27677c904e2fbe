// Who is let in at the gateway, live, when something is odd: somebody guesses at the operator's token, or runs wild with
// one of their own; the database does not answer, or not what may be kept.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { fileOf } from './database.mjs';
import { eventually, pause, startWorld } from './world.mjs';

/** Guesses that an address has, at first. */
const GUESSES = 600;
/** Requests of one token: five times as many come at once. */
const CALLS_A_SECOND = 5;
/** For how long the gateway needs no database. */
const KNOWN_MS = 30_000;

/** A token that could be one, and is nobody's: what could not be is not even looked for. */
const DRAWN = '0'.repeat(64);
const ofNobody = `asy_${DRAWN}${createHash('sha256').update(DRAWN).digest('hex').slice(0, 8)}`;

/** How many calls are told to the platform as one. */
const LOT = 100;

const env = { GATEWAY_CALLS_PER_SECOND: String(CALLS_A_SECOND) };
let world;
let gateway;
let wild;

before(async () => {
  world = await startWorld({ env });
  gateway = await world.key('ingest');
  wild = await world.key('ingest');
});
after(() => world?.close());

const chat = { model: 'scripted/scripted', messages: [{ role: 'user', content: 'Hello.' }] };
const ask = (token) => world.api('POST', '/v1/chat/completions', chat, { token });

test('while the database does not answer, the gateway goes on with what it knew', { timeout: 120_000 }, async () => {
  assert.equal((await ask(gateway)).status, 200);
  const database = new DatabaseSync(await fileOf(world.state));
  const rename = (from, to) => database.exec(`PRAGMA busy_timeout = 5000; ALTER TABLE ${from} RENAME TO ${to}`);
  try {
    rename('api_key', 'api_key_gone');
    rename('provider', 'provider_gone');
    await pause(KNOWN_MS + 1_000);
    assert.equal((await world.api('GET', '/api/providers')).status, 500, 'the database does not say');
    for (const reply of await Promise.all([ask(gateway), ask(gateway)])) assert.equal(reply.status, 200, JSON.stringify(reply.body));
    assert.equal(world.provider.hits.at(-1).headers.authorization, 'Bearer sk-stored-key-0001');
    assert.notEqual((await ask(ofNobody)).status, 200);
  } finally {
    rename('api_key_gone', 'api_key');
    rename('provider_gone', 'provider');
    database.close();
  }
  assert.equal((await ask(ofNobody)).status, 401);
  assert.equal((await ask(gateway)).status, 200);
});

test('where nobody knows what may be kept, requests pass, and their logs are counted as lost', async () => {
  // A new instance knows nothing of before.
  await world.stop();
  const database = new DatabaseSync(await fileOf(world.state));
  database.exec('ALTER TABLE setting RENAME TO setting_gone');
  try {
    await world.start();
    const dropped = async () => (await world.ask('GET', '/api/health')).log_dropped;
    const before = await dropped();
    const reply = await ask(gateway);
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    assert.equal(reply.headers.get('x-assay-log-id'), null);
    assert.equal((await world.api('POST', '/v1/chat/completions', { ...chat, model: 'm' }, { token: gateway, headers: { 'x-assay-provider': 'nobody' } })).status, 404);
    await eventually(async () => (await dropped()) === before + 1);
  } finally {
    database.exec('PRAGMA busy_timeout = 5000; ALTER TABLE setting_gone RENAME TO setting');
    database.close();
  }
  const kept = await ask(gateway);
  assert.ok(kept.headers.get('x-assay-log-id'), 'now it is known');
});

test('the token of the operator cannot be guessed at without end, and keys pass all the same', async () => {
  const guess = (number) => world.api('GET', '/v1/models', undefined, { token: `guess-${number}` });
  const first = await Promise.all(Array.from({ length: GUESSES }, (_, number) => guess(number)));
  assert.deepEqual([...new Set(first.map((reply) => reply.status))], [401]);
  // A few more come as time goes.
  const more = await Promise.all(Array.from({ length: 100 }, (_, number) => guess(GUESSES + number)));
  const late = more.filter((reply) => reply.status === 429);
  assert.ok(late.length > 20, `${late.length} were too early`);
  assert.equal(late[0].body.error.code, 'rate_limit_exceeded');
  assert.ok(Number(late[0].headers.get('retry-after')) >= 1);
  assert.equal((await ask(gateway)).status, 200);
  assert.equal((await ask('guess-1')).status, 401, 'what was wrong before is no guess');
});

test('a client that runs wild with one token is held up, and nobody else', async () => {
  const messages = { path: '/v1/messages', body: { ...chat, max_tokens: 9 } };
  const completions = { path: '/v1/chat/completions', body: chat };
  const send = ({ path, body }) => world.api('POST', path, body, { token: wild });
  const began = performance.now();
  const replies = await Promise.all(Array.from({ length: 100 }, (_, number) => send(number % 2 ? messages : completions)));
  const most = 5 * CALLS_A_SECOND + Math.ceil(((performance.now() - began) / 1_000) * CALLS_A_SECOND);
  const passed = replies.filter((reply) => reply.status === 200);
  const late = replies.filter((reply) => reply.status === 429);
  assert.equal(passed.length + late.length, 100);
  assert.ok(passed.length >= 5 * CALLS_A_SECOND && passed.length <= most, `${passed.length} passed, at most ${most} may`);
  const words = 'this token sends requests too fast; try again after 1 s';
  const told = new Set(late.map((reply) => JSON.stringify(reply.body)));
  assert.ok(told.has(JSON.stringify({ error: { message: words, type: 'rate_limit_error', param: null, code: 'rate_limit_exceeded' } })), [...told].join());
  assert.ok(told.has(JSON.stringify({ type: 'error', error: { type: 'rate_limit_error', message: words } })), [...told].join());
  assert.equal(told.size, 2);
  assert.equal((await ask(gateway)).status, 200);
  assert.equal(late[0].headers.get('retry-after'), '1');
  await pause(1_000);
  assert.equal((await send(completions)).status, 200);
});

test('what the platform counts for all instances holds up who is over it, and without it nobody is', { timeout: 60_000 }, async () => {
  await world.stop();
  Object.assign(env, { GATEWAY_CALLS_PER_SECOND: '1000', PLATFORM_LIMIT: '2' });
  await world.start();
  const models = (token) => world.api('GET', '/v1/models', undefined, { token });
  const session = (token) => world.api('GET', '/api/session', undefined, { token });
  /** Calls until it is too early, a lot at a time; resolves with how many passed before, and with what was said then. */
  const until429 = async (call) => {
    for (let passed = 0; passed < 10 * LOT;) {
      const replies = await Promise.all(Array.from({ length: LOT }, () => call()));
      const late = replies.find((reply) => reply.status === 429);
      passed += replies.filter((reply) => reply.status === 200).length;
      if (late) return { passed, late };
    }
    assert.fail('whoever asks is never too early');
  };
  const reader = await world.key('read');
  for (const call of [() => models(wild), () => session(reader)]) {
    const { passed, late } = await until429(call);
    // Each instance lets through at least five thousand. The platform's period may end on the way.
    assert.ok(passed >= 2 * LOT, `${passed} passed`);
    const seconds = Number(late.headers.get('retry-after'));
    assert.ok(seconds >= 1 && seconds <= 10, `${seconds} s`);
  }
  assert.deepEqual([(await models(gateway)).status, (await session(await world.key('read', 'run'))).status], [200, 200]);

  const guesses = [];
  for (let number = 0; number < 10 && guesses.at(-1)?.status !== 429; number += 1) guesses.push(await models(`another-guess-${number}`));
  assert.ok(guesses.length > 2 && guesses.slice(0, -1).every((reply) => reply.status === 401), guesses.map((reply) => reply.status).join());
  assert.equal(guesses.at(-1).headers.get('retry-after'), '60');
  assert.deepEqual([(await models(world.token)).status, (await models(gateway)).status], [429, 200]);

  await world.stop();
  env.PLATFORM_LIMIT = '0';
  await world.start();
  const replies = await Promise.all(Array.from({ length: 3 * LOT }, () => models(wild)));
  assert.deepEqual([...new Set(replies.map((reply) => reply.status))], [200]);
  assert.equal((await models('yet-another-guess')).status, 401);
});
