// What the gateway makes of each fault of a provider, live: what its caller sees, and what is logged, of a whole answer and
// of a streamed one.
//
// Each call is made twice: of the provider itself, and of another like it through the gateway. What the caller of the
// gateway sees is told by what the other one saw. Leaves out clients that are slow (`uploads`), callers who leave
// (`gateway`), and what a run makes of the same (`faults`).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startProvider } from './provider.mjs';
import { eventually, startWorld } from './world.mjs';

const MEGABYTE = 1024 * 1024;
const DEADLINE_MS = 2_000;
const TEXT = 'Where is my order? Grüße aus 東京 🙂';
const ASKED = [{ role: 'user', content: TEXT }];
const KEY = 'sk-stored-key-0001';
const SETTINGS = { created: 1_767_225_600, slow_ms: 3 * DEADLINE_MS };

/**
 * Switch of the provider, or none: what the caller sees, and what is logged.
 *
 * `same` is every byte that the provider sends and the end that it has, `cut` the bytes that it sends before it breaks off
 * or stands still, and any other word the code of an error of the gateway. A log has its outcome, the status of the
 * provider, and whether the answer came whole.
 */
const WHOLE = {
  none: ['200 same', 'success 200 whole'],
  429: ['429 same', 'rate_limited 429 whole'],
  '429-date': ['429 same', 'rate_limited 429 whole'],
  '429-long': ['429 same', 'rate_limited 429 whole'],
  '429-bare': ['429 same', 'rate_limited 429 whole'],
  400: ['400 same', 'invalid_request 400 whole'],
  401: ['401 same', 'unauthorized 401 whole'],
  500: ['500 same', 'provider_error 500 whole'],
  '502-html': ['502 same', 'provider_error 502 whole'],
  '200-error': ['200 same', 'provider_error 200 whole'],
  empty: ['200 same', 'empty_output 200 whole'],
  hang: ['504 upstream_timeout', 'timeout null part'],
  'reset-before': ['502 upstream_unreachable', 'incomplete null part'],
  'reset-mid': ['200 cut', 'incomplete 200 part'],
  'trunc-sse': ['200 same', 'parse_error 200 whole'],
  'no-done': ['200 same', 'success 200 whole'],
  'stall-mid': ['200 cut', 'timeout 200 part'],
  'error-mid': ['200 same', 'provider_error 200 whole'],
  'split-utf8': ['200 same', 'success 200 whole'],
  crlf: ['200 same', 'success 200 whole'],
  'bad-json': ['200 same', 'parse_error 200 whole'],
  'bad-utf8': ['200 same', 'parse_error 200 part'],
  'deep-json': ['200 same', 'parse_error 200 whole'],
  slowloris: ['200 cut', 'timeout 200 part'],
  'redirect-meta': ['502 redirect_blocked', 'provider_error 302 part'],
  'redirect-local': ['502 redirect_blocked', 'provider_error 307 part'],
  'set-cookie': ['200 same', 'success 200 whole'],
  'odd-status': ['502 upstream_odd_status', 'provider_error 999 part'],
};

/** As `WHOLE`, where a stream differs. */
const STREAMED = {
  ...WHOLE,
  'trunc-sse': ['200 same', 'incomplete 200 part'],
  'no-done': ['200 same', 'incomplete 200 part'],
  'error-mid': ['200 same', 'provider_error 200 part'],
  'bad-json': ['200 same', 'parse_error 200 part'],
  'deep-json': ['200 same', 'parse_error 200 part'],
};

/** As `WHOLE`, where an answer that says nothing differs. */
const SILENT = { ...WHOLE, empty: ['200 same', 'success 200 whole'] };

/** How each format is asked. The errors of messages have a type alone: a few of their own. */
const FORMATS = {
  'chat/completions': { body: { messages: ASKED } },
  messages: { body: { max_tokens: 100, messages: ASKED }, error: (code) => (code === 'upstream_timeout' ? 'timeout_error' : 'api_error') },
  responses: { body: { input: TEXT } },
  completions: { body: { prompt: TEXT } },
  embeddings: { body: { input: TEXT }, is_silent: true },
};

/** What passes from a provider to the caller beside the type of the body, and what is known not to. */
const KEPT = ['retry-after', 'x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'openai-processing-ms', 'x-request-id'];
const STRIPPED = ['set-cookie', 'access-control-allow-origin', 'access-control-allow-credentials', 'alt-svc', 'strict-transport-security', 'server', 'x-powered-by', 'location'];

/** What every answer of the gateway has browsers do, whatever a provider says: nothing of it runs or is kept. */
const GUARDED = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

let world;
let gateway;
/** Answers as the provider of the world does. Its calls are counted apart, so that both answers are of a first call. */
let twin;

before(async () => {
  world = await startWorld({ env: { UPSTREAM_DEADLINE_MS: String(DEADLINE_MS), UPSTREAM_IDLE_MS: String(DEADLINE_MS) }, provider: SETTINGS });
  twin = await startProvider(SETTINGS);
  gateway = await world.key('ingest');
});
after(() => Promise.all([world?.close(), twin?.close()]));

/** Asks, and takes the answer to its end, or to where it broke off, or until nothing came for so long. */
async function ask(url, token, body, patience_ms = 60_000) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patience_ms);
  const seen = { status: null, headers: new Headers(), bytes: Buffer.alloc(0), broke: false };
  const chunks = [];
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { connection: 'close', authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: abort.signal,
    });
    Object.assign(seen, { status: response.status, headers: response.headers });
    for await (const chunk of response.body) chunks.push(chunk);
  } catch {
    seen.broke = true;
  }
  clearTimeout(timer);
  return { ...seen, bytes: Buffer.concat(chunks) };
}

/** The log that an answer names, once it is written. */
function logOf(reply) {
  const id = reply.headers.get('x-assay-log-id');
  assert.ok(id, `the answer names its log: ${reply.status} ${reply.bytes}`);
  return eventually(async () => {
    const { status, body } = await world.api('GET', `/api/logs/${id}`);
    return status === 200 && body;
  });
}

/** Says what a caller of the gateway sees, beside what a caller of the provider did. */
function asSeen(passed, direct) {
  if (!passed.headers.has('server-timing')) {
    const { code, type } = JSON.parse(passed.bytes).error;
    return `${passed.status} ${code ?? type}`;
  }
  if (direct.broke) {
    // Of a body whose length is not known workerd writes an end also when it breaks off.
    const is_told = passed.broke || !direct.headers.has('content-length');
    const is_cut = passed.bytes.length > 0 && passed.bytes.equals(direct.bytes) && is_told;
    return `${passed.status} ${is_cut ? 'cut' : 'other'}`;
  }
  const is_same = passed.status === direct.status && passed.bytes.equals(direct.bytes) && !passed.broke;
  return `${passed.status} ${is_same ? 'same' : 'other'}`;
}

const asLogged = ({ outcome, status, complete }) => `${outcome} ${status} ${complete ? 'whole' : 'part'}`;

function assertHeaders(fault, passed, direct) {
  for (const name of STRIPPED) assert.equal(passed.headers.get(name), null, `${fault} ${name}`);
  for (const [name, value] of Object.entries(GUARDED)) assert.equal(passed.headers.get(name), value, `${fault} ${name}`);
  assert.ok(passed.headers.get('x-request-id'), fault);
  if (!passed.headers.has('server-timing')) return;
  assert.match(passed.headers.get('server-timing'), /^gateway;dur=[\d.]+, upstream;dur=[\d.]+$/, fault);
  for (const name of ['content-type', ...KEPT]) {
    // The two were told to wait until a moment of their own.
    const is_date = fault === '429-date' && name === 'retry-after';
    const [here, there] = [passed, direct].map(({ headers }) => (is_date ? Number.isFinite(Date.parse(headers.get(name))) : headers.get(name)));
    assert.equal(here, there, `${fault} ${name}`);
  }
}

/** Tries each fault at once in a format, and gives the logs. */
async function tryAll(format, faults, stream) {
  const seen = {};
  const logs = {};
  await Promise.all(Object.keys(faults).map(async (fault) => {
    const body = { model: fault === 'none' ? 'scripted' : `scripted@${fault}`, stream, ...FORMATS[format].body };
    const [direct, passed] = await Promise.all([
      ask(`${twin.base_url}/${format}`, KEY, body, ['hang', 'stall-mid', 'slowloris', 'odd-status'].includes(fault) ? DEADLINE_MS : undefined),
      ask(`${world.url}/v1/${format}`, gateway, { ...body, model: `scripted/${body.model}` }),
    ]);
    assertHeaders(fault, passed, direct);
    logs[fault] = await logOf(passed);
    seen[fault] = [asSeen(passed, direct), asLogged(logs[fault])];
    // Of what never came counts what was asked for.
    const is_stream = logs[fault].status === null ? stream : passed.headers.get('content-type').startsWith('text/event-stream');
    assert.equal(logs[fault].streamed, is_stream, `${fault} ${logs[fault].streamed}`);
  }));
  assert.deepEqual(seen, faults);
  assert.equal(world.provider.caught.length, 0, 'no redirect is followed');
  return logs;
}

/** Checks what a log keeps beside its row: as much of the answer as came, and no key. */
function assertKept(logs, { is_silent }, stream) {
  assert.ok(!JSON.stringify(logs).includes(KEY), 'no log tells the key that a provider echoed');
  assert.match(logs['502-html'].response, /^<html>.*<img src=x onerror=/s);
  if (!is_silent) assert.match(logs['split-utf8'].output.text, /Zürich, naïve, 東京, 🙂👩‍🚀, é\.$/);
  assert.match(JSON.stringify(logs['bad-utf8'].response), /\ufffd/);
  assert.match(JSON.stringify(logs['bad-json'].response), /half/);
  assert.ok(logs['deep-json'].response.length > 1_000 || logs['deep-json'].response.unread_event.length > 1_000);
  assert.ok(logs.hang.latency_ms >= DEADLINE_MS * 0.95 && logs.hang.latency_ms < DEADLINE_MS + 3_000, `${logs.hang.latency_ms} ms`);
  if (!stream) return;
  for (const fault of ['reset-mid', 'trunc-sse', 'no-done', 'stall-mid']) {
    assert.match(logs[fault].output.text, /^Scripted answer/, fault);
    assert.equal(logs[fault].output.finish_reason, null, fault);
  }
}

/** Gives what is expected in the words of a format. */
function inWords({ error = (code) => code }, faults) {
  const inOwn = (seen) => seen.replace(/(?<=^50\d )(?!same$|cut$).+/, error);
  return Object.fromEntries(Object.entries(faults).map(([fault, [seen, logged]]) => [fault, [inOwn(seen), logged]]));
}

for (const [format, words] of Object.entries(FORMATS)) {
  test(`${format}: a whole answer passes as it is, whatever is wrong with it, and its log says what`, async () => {
    assertKept(await tryAll(format, inWords(words, words.is_silent ? SILENT : WHOLE), false), words, false);
  });

  if (words.is_silent) continue;
  test(`${format}: a stream passes as it is, whatever is wrong with it, and its log says what`, async () => {
    assertKept(await tryAll(format, inWords(words, STREAMED), true), words, true);
    await eventually(() => world.provider.in_flight === 0, { within_ms: 2 * DEADLINE_MS });
  });
}

/** The most that the runtime may grow by while a large answer passes and is logged: what it may have in all when deployed. */
const GROWTH = 128 * MEGABYTE;

/** Asks for an answer, and counts its bytes as they pass. */
async function count(format, fault, stream) {
  const response = await fetch(`${world.url}/v1/${format}`, {
    method: 'POST',
    headers: { connection: 'close', authorization: `Bearer ${gateway}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: `scripted/scripted@${fault}`, stream, ...FORMATS[format].body }),
  });
  let bytes = 0;
  for await (const chunk of response.body) bytes += chunk.length;
  return { status: response.status, headers: response.headers, bytes };
}

const logs = async () => (await world.ask('GET', '/api/logs/count')).count;

/** What passes, and whether its log keeps it. */
const LARGE = [
  { fault: 'huge', stream: false, megabytes: 200, logged: 'incomplete 200 part' },
  { fault: 'huge', stream: true, megabytes: 200, logged: 'incomplete 200 part' },
  { fault: 'gzip-bomb', stream: false, megabytes: 256, logged: 'incomplete 200 part' },
  { fault: 'gzip-bomb', stream: true, megabytes: 256, logged: 'incomplete 200 part' },
  { format: 'completions', fault: 'huge', stream: true, megabytes: 200, logged: 'incomplete 200 part' },
  { format: 'completions', fault: 'gzip-bomb', stream: false, megabytes: 256, logged: 'incomplete 200 part' },
  { format: 'embeddings', fault: 'huge', stream: false, megabytes: 200, logged: 'incomplete 200 part' },
  { format: 'embeddings', fault: 'gzip-bomb', stream: false, megabytes: 256, logged: 'incomplete 200 part' },
  { fault: 'huge', stream: false, megabytes: 7, logged: 'success 200 whole' },
  { fault: 'huge', stream: true, megabytes: 7, logged: 'success 200 whole' },
];

// Of a process Linux tells the most that it had; elsewhere these are not tried.
const skip = process.platform !== 'linux' && 'memory is read from /proc';

for (const { format = 'chat/completions', fault, stream, megabytes, logged } of LARGE) {
  test(`${format}: ${fault}, ${stream ? 'streamed' : 'whole'}: ${megabytes} MB pass, and are not held`, { skip, timeout: 120_000 }, async () => {
    world.provider.configure({ huge_bytes: megabytes * MEGABYTE });
    // What stays once anything was asked and logged is not counted.
    await logOf(await ask(`${world.url}/v1/chat/completions`, gateway, { model: 'scripted/scripted', stream, messages: ASKED }));
    const before = await logs();
    const memory = world.memory();
    const reply = await count(format, fault, stream);
    // Written: a log is made of copies of its answer.
    await eventually(async () => (await logs()) > before);
    const grown = world.memory().most - memory.now;
    assert.equal(reply.status, 200);
    assert.ok(reply.bytes > megabytes * MEGABYTE, `${reply.bytes} bytes came`);
    const log = await logOf(reply);
    assert.equal(asLogged(log), logged);
    // Of what was not kept the log has the size.
    if (!log.complete) assert.match(log.response.error.message, new RegExp(`^the answer has ${reply.bytes} bytes and was not kept`));
    assert.ok(grown < GROWTH, `the runtime grew by ${Math.round(grown / MEGABYTE)} MB`);
  });
}
