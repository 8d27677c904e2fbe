// Streams, byte for byte as the provider sends them, however they are cut; and many at once: every byte comes to its
// caller, every answer to the log. And what a full database does to logs, and what it does not do to answers.

import assert from 'node:assert/strict';
import http from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { after, before, beforeEach, test } from 'node:test';
import { fileOf } from './database.mjs';
import { eventually, startWorld } from './world.mjs';

/** Streams at once, and how long each lasts at least: all of them are open together. */
const STREAMS = 1000;
const CHUNK_MS = 250;

let world;
let gateway;
/** As many connections as there are requests; none is left open. */
const agent = new http.Agent({ keepAlive: false, maxSockets: Infinity });

before(async () => {
  // No stream may lose a frame to a machine that is slow; a stall of minutes would be a fault.
  world = await startWorld({ env: { UPSTREAM_DEADLINE_MS: '120000', UPSTREAM_IDLE_MS: '120000' }, provider: { chunk_ms: CHUNK_MS } });
  gateway = await world.key('ingest');
});
after(async () => {
  agent.destroy();
  await world?.close();
});
beforeEach(() => world.provider.reset());

/** Asks, and resolves with the status, the headers and the whole text of the answer. */
function ask(body, headers = {}) {
  const text = JSON.stringify({ model: 'scripted/scripted', ...body });
  const sent = { authorization: `Bearer ${gateway}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers };
  return new Promise((resolve, reject) => {
    const request = http.request(`${world.url}/v1/chat/completions`, { method: 'POST', agent, headers: sent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(text);
  });
}

/** Posts a body, and resolves with the status, the type and every byte of the answer, to its end or to where it broke. */
function bytesOf(url, body) {
  const sent = { authorization: `Bearer ${gateway}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', agent, headers: sent }, (response) => {
      const chunks = [];
      const end = () => resolve({ status: response.statusCode, type: response.headers['content-type'], bytes: Buffer.concat(chunks) });
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', end);
      response.on('error', end);
    });
    request.on('error', reject);
    request.end(body);
  });
}

const asked = (words) => ({ messages: [{ role: 'user', content: words }] });
const counted = async (query = '') => (await world.ask('GET', `/api/logs/count${query}`)).count;
const dropped = async () => (await world.ask('GET', '/api/health')).log_dropped;

/** Puts the frames of a stream together, and checks that none is missing: each but the last is an event of its own. */
function framesOf(text) {
  const frames = text.split('\n\n');
  assert.equal(frames.pop(), '', 'the last frame is whole');
  assert.equal(frames.pop(), 'data: [DONE]');
  const said = frames.map((frame) => JSON.parse(frame.replace(/^data: /, '')).choices[0]?.delta?.content ?? '');
  return { frames: frames.length + 1, said: said.join('') };
}

const WORDS = 'Where is my order? Grüße aus 東京 🙂👩‍🚀';
/** How each protocol is asked for a stream of some words. */
const FORMATS = {
  'chat/completions': { messages: [{ role: 'user', content: WORDS }], stream_options: { include_usage: true } },
  responses: { input: WORDS },
  messages: { max_tokens: 100, messages: [{ role: 'user', content: WORDS }] },
};

for (const [format, body] of Object.entries(FORMATS)) {
  test(`${format}: a stream has the bytes that the provider sends, wherever they are cut`, async () => {
    const cuts = [
      ['', {}],
      ['', { chunk_chars: 1 }],
      ['', { cut_bytes: 1, chunk_chars: 40, chunk_ms: 0 }],
      ['', { cut_bytes: 7, chunk_ms: 0 }],
      ['', { cut_bytes: 500 }],
      ['@crlf', {}],
      ['@crlf', { cut_bytes: 3, chunk_ms: 0 }],
      ['@split-utf8', {}],
      ['@bad-utf8', { cut_bytes: 5, chunk_ms: 0 }],
      ['@bad-json', {}],
      ['@no-done', {}],
      ['@trunc-sse', { cut_bytes: 11, chunk_ms: 0 }],
      ['@error-mid', {}],
      ['@deep-json', {}],
    ];
    for (const [use, cut] of cuts) {
      const what = `${use} ${JSON.stringify(cut)}`;
      world.provider.configure({ chunk_ms: 1, chunk_chars: 12, cut_bytes: null, created: 1_767_225_600, ...cut });
      const text = JSON.stringify({ model: `scripted${use}`, ...body, stream: true });
      const direct = await bytesOf(`${world.provider.base_url}/${format}`, text);
      world.provider.reset();
      const passed = await bytesOf(`${world.url}/v1/${format}`, text.replace('"scripted', '"scripted/scripted'));
      world.provider.reset();
      assert.ok(direct.bytes.length > 200, `${what}: ${direct.bytes}`);
      assert.deepEqual([passed.status, passed.type], [direct.status, direct.type], what);
      assert.ok(passed.bytes.equals(direct.bytes), `${what}:\n${passed.bytes}\nis not\n${direct.bytes}`);
    }
    world.provider.configure({ chunk_ms: CHUNK_MS, chunk_chars: 12, cut_bytes: null, created: null });
  });
}

test('a thousand streams at once lose no frame and no log', { timeout: 300_000 }, async () => {
  // Each says something of its own and of its own length, so that a frame of another would show.
  const says = (number) => `Stream ${number}: ${`${number} `.repeat(10 + (number % 20))}end 東京`;
  world.provider.script((call) => ({ content: says(Number(call.last_user)) }));
  const answers = await Promise.all(Array.from({ length: STREAMS }, (_, number) => ask({ stream: true, ...asked(String(number)) }, { 'x-assay-feature': 'streams' })));

  assert.ok(world.provider.maxInFlight > STREAMS / 2, `at most ${world.provider.maxInFlight} were open at once`);
  const sent = world.provider.hits.filter((hit) => hit.answered).length;
  assert.equal(sent, STREAMS, 'the provider sent every answer to its end');
  for (const [number, answer] of answers.entries()) {
    assert.equal(answer.status, 200);
    const { frames, said } = framesOf(answer.text);
    assert.equal(said, says(number));
    // Twelve characters a frame, one that begins, one that ends, and the mark.
    assert.equal(frames, Math.ceil([...says(number)].length / 12) + 3, `frames of ${number}`);
  }

  await eventually(async () => (await counted('?feature=streams')) === STREAMS, { within_ms: 60_000, every_ms: 250 });
  assert.equal(await counted('?feature=streams&outcome=success'), STREAMS);
  for (const number of [0, 1, STREAMS / 2, STREAMS - 1]) {
    const log = await world.ask('GET', `/api/logs/${answers[number].headers['x-assay-log-id']}`);
    assert.deepEqual([log.messages[0].content, log.output.text, log.complete], [String(number), says(number), true]);
  }
  assert.equal(await dropped(), 0);
});

test('a full database takes the words of logs, then the logs, and never an answer', async () => {
  world.provider.configure({ chunk_ms: 0 });
  const database = new DatabaseSync(await fileOf(world.state));
  const raise = `SELECT RAISE(ABORT, 'database or disk is full')`;
  try {
    database.exec(`PRAGMA busy_timeout = 5000; CREATE TRIGGER no_words BEFORE INSERT ON log_body WHEN length(NEW.request) > 200 BEGIN ${raise}; END`);
    const words = 'Where is my order? '.repeat(20);
    const kept = await ask(asked(words));
    assert.equal(kept.status, 200);
    const log = await eventually(async () => {
      const reply = await world.api('GET', `/api/logs/${kept.headers['x-assay-log-id']}`);
      return reply.status === 200 && reply.body;
    });
    assert.deepEqual([log.status, log.request_preview, log.response_preview], [200, '', 'the words of this log found no room']);
    assert.ok(log.usage.output_tokens > 0 && !JSON.stringify(log).includes('order'));

    assert.equal((await world.ask('GET', '/api/logs/count')).lost.words, 1);
    const [logs, lost] = [await counted(), await dropped()];
    database.exec(`CREATE TRIGGER no_logs BEFORE INSERT ON log BEGIN ${raise}; END`);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, number) => ask(asked(`${number} ${words}`))));
    assert.ok(answers.every((answer) => answer.status === 200));
    await eventually(async () => (await dropped()) === lost + 20);
    assert.equal(await counted(), logs);
    database.exec('DROP TRIGGER no_logs; DROP TRIGGER no_words');
    await ask(asked(words));
    await eventually(async () => (await counted()) === logs + 1);
    assert.equal(await dropped(), lost + 20);
  } finally {
    database.close();
  }
});

test('while the database has too much to do, answers come all the same, and their logs when it has not', async () => {
  world.provider.configure({ chunk_ms: 0 });
  const { headers } = await ask(asked('Hello.'));
  await eventually(async () => (await world.api('GET', `/api/logs/${headers['x-assay-log-id']}`)).status === 200);
  const database = new DatabaseSync(await fileOf(world.state));
  const busy = (when) => `CREATE TRIGGER ${when.replace(/\W+/g, '_')} BEFORE ${when} BEGIN SELECT RAISE(ABORT, 'D1 DB is overloaded. Requests queued for too long.'); END`;
  const tables = ['INSERT ON log', 'UPDATE ON api_key'];
  try {
    const [logs, lost] = [await counted(), await dropped()];
    database.exec(`PRAGMA busy_timeout = 5000; ${tables.map(busy).join('; ')}`);
    // One after the other: none waits for the log of one before it.
    for (let number = 0; number < 10; number += 1) assert.equal((await ask(asked(`${number} while it is busy`))).status, 200);
    assert.equal(await counted(), logs, 'all were answered while it was busy');
    database.exec(tables.map((when) => `DROP TRIGGER ${when.replace(/\W+/g, '_')}`).join('; '));
    await eventually(async () => (await counted()) === logs + 10, { within_ms: 60_000 });
    assert.equal(await dropped(), lost);
  } finally {
    database.close();
  }
});

test('a key that was revoked and a provider that has moved are seen at once where the change was made', async () => {
  const other = await world.ask('POST', '/api/keys', { name: 'short-lived', scopes: ['ingest'] });
  const headers = { authorization: `Bearer ${other.token}` };
  assert.equal((await ask(asked('a'), headers)).status, 200);
  assert.equal((await ask(asked('b'), headers)).status, 200);
  const used = await eventually(async () => (await world.ask('GET', '/api/keys')).data.find((key) => key.id === other.id)?.last_used_at);
  assert.ok(Math.abs(Date.now() - Date.parse(used)) < 60_000, used);
  await world.ask('DELETE', `/api/keys/${other.id}`);
  assert.equal((await ask(asked('c'), headers)).status, 401);

  const provider = (await world.ask('GET', '/api/providers')).data.find(({ name }) => name === 'scripted');
  await world.ask('PATCH', `/api/providers/${provider.id}`, { api_key: 'sk-another-key-0002' });
  assert.equal((await ask(asked('d'))).status, 200);
  assert.equal(world.provider.hits.at(-1).headers.authorization, 'Bearer sk-another-key-0002');
  assert.equal((await ask({ model: 'late/scripted', ...asked('e') })).status, 200, 'goes to the default provider');
  await world.ask('POST', '/api/providers', { name: 'late', protocol: 'openai', base_url: world.provider.base_url, api_key: 'sk-late-key-000003' });
  assert.equal((await ask({ ...asked('f'), model: 'late/scripted' })).status, 200);
  assert.equal(world.provider.hits.at(-1).headers.authorization, 'Bearer sk-late-key-000003');
});
