// The gateway, live: what it does to bytes, to time and to headers, and what it logs. Leaves out what it makes of the faults
// of a provider (`gateway_faults`).

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import OpenAI from 'openai';
import { eventually, pause, startWorld } from './world.mjs';

const CHUNK_MS = 100;
const MEGABYTE = 1024 * 1024;
const ASKED = [{ role: 'user', content: 'Where is my order? Grüße aus 東京 🙂' }];

const env = {};
let world;
let gateway;

before(async () => {
  world = await startWorld({ env, provider: { chunk_ms: CHUNK_MS } });
  gateway = await world.key('ingest');
});
after(() => world?.close());
beforeEach(() => world.provider.reset());

/** Posts a chat request as it is; resolves with the answer. */
async function post(body, headers = {}) {
  const response = await fetch(`${world.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { connection: 'close', authorization: `Bearer ${gateway}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify({ model: 'scripted/scripted', messages: ASKED, ...body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The log that an answer names, once it is written. */
function logOf(reply) {
  const id = reply.headers.get('x-assay-log-id');
  assert.ok(id, 'the answer names its log');
  return eventually(async () => {
    const { status, body } = await world.api('GET', `/api/logs/${id}`);
    return status === 200 && body;
  });
}

const errorOf = (reply) => JSON.parse(reply.text).error;

test('each chunk arrives as it is sent, through the official client', async () => {
  const client = new OpenAI({ apiKey: gateway, baseURL: `${world.url}/v1`, maxRetries: 0 });
  const began = performance.now();
  const { data: stream, response } = await client.chat.completions
    .create(
      { model: 'scripted/scripted', stream: true, stream_options: { include_usage: true }, messages: ASKED },
      { headers: { 'x-assay-feature': 'support', 'x-assay-user': 'u1', 'x-assay-session': 's1', 'x-assay-tags': '{"plan":"pro"}' } },
    )
    .withResponse();
  const arrivals = [];
  let text = '';
  for await (const chunk of stream) {
    arrivals.push(performance.now() - began);
    text += chunk.choices[0]?.delta?.content ?? '';
  }
  const gaps = arrivals.slice(1).map((at, place) => at - arrivals[place]).sort((a, b) => a - b);
  const median = gaps[Math.floor(gaps.length / 2)];
  assert.ok(gaps.length >= 8, `${gaps.length} gaps`);
  assert.ok(median > CHUNK_MS * 0.7 && median < CHUNK_MS * 1.5, `chunks are ${median} ms apart`);
  assert.ok(arrivals[0] < arrivals.at(-1) - CHUNK_MS * gaps.length * 0.7, `the first came at ${arrivals[0]}, the last at ${arrivals.at(-1)}`);

  const log = await logOf(response);
  assert.equal(log.output.text, text);
  assert.equal(log.output.finish_reason, 'stop');
  assert.equal(log.messages[0].content, ASKED[0].content);
  assert.deepEqual([log.feature, log.user, log.session, log.tags], ['support', 'u1', 's1', { plan: 'pro' }]);
  assert.deepEqual([log.provider, log.model, log.status, log.outcome], ['scripted', 'scripted', 200, 'success']);
  assert.deepEqual([log.streamed, log.complete], [true, true]);
  assert.ok(log.usage.input_tokens > 0 && log.usage.output_tokens > 0);
  assert.ok(log.cost_usd > 0);
  // The first text is in the second chunk. The provider's clock begins when the request has reached it.
  assert.ok(log.ttft_ms >= CHUNK_MS * 0.7 && log.ttft_ms < log.latency_ms, `first token after ${log.ttft_ms} of ${log.latency_ms} ms`);
  assert.ok(Math.abs(log.latency_ms - arrivals.at(-1)) < 500, `${log.latency_ms} ms logged, ${arrivals.at(-1)} ms seen`);
});

test('a request passes byte for byte, but for the prefix of its model', async () => {
  const spaced = '{ "messages" : [{"role":"user","content":"é \\u00e9"}],\n "temperature": 1.0, "model" : "scripted\\/scripted" , "n": 1 }';
  assert.equal((await post(spaced)).status, 200);
  assert.equal(world.provider.hits[0].raw, spaced.replace('"scripted\\/scripted"', '"scripted"'));
  const plain = spaced.replace('scripted\\/', '');
  assert.equal((await post(plain, { 'x-assay-provider': 'scripted' })).status, 200);
  assert.equal(world.provider.hits[1].raw, plain);
});

test('headers pass by list to the provider', async () => {
  await post({}, { cookie: 'a=b', 'x-forwarded-for': '10.0.0.1', 'x-assay-feature': 'f', 'openai-beta': 'x=y', 'helicone-auth': 'z' });
  const sent = world.provider.hits[0].headers;
  assert.equal(sent.authorization, 'Bearer sk-stored-key-0001');
  assert.equal(sent['openai-beta'], 'x=y');
  assert.match(sent['user-agent'], /^assay-gateway\//);
  const known = ['host', 'content-length', 'accept', 'accept-encoding', 'authorization', 'content-type', 'openai-beta', 'user-agent', 'x-assay-hop', 'connection', 'cf-worker'];
  assert.deepEqual(Object.keys(sent).filter((name) => !known.includes(name)), []);
});

test('whoever brings a key pays with it, and no Assay token leaves', async () => {
  await post({}, { 'x-assay-key': gateway, authorization: 'Bearer sk-own' });
  await post({}, { 'x-assay-key': gateway });
  assert.deepEqual(world.provider.hits.map((hit) => hit.headers.authorization), ['Bearer sk-own', 'Bearer sk-stored-key-0001']);
  assert.ok(!JSON.stringify(world.provider.hits).includes(gateway));
});

/** Asks for a long stream and leaves after four pieces. Resolves with the answer's head and the moment of leaving. */
async function leaveEarly(headers = {}) {
  const abort = new AbortController();
  const response = await fetch(`${world.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway}`, ...headers },
    body: JSON.stringify({ model: 'scripted/scripted', stream: true, messages: [{ role: 'user', content: 'a long story '.repeat(50) }] }),
    signal: abort.signal,
  });
  let seen = 0;
  let left = 0;
  await assert.rejects(async () => {
    for await (const _ of response.body) {
      seen += 1;
      if (seen === 4) {
        left = performance.now();
        abort.abort();
      }
    }
  });
  return { response, left };
}

test('when the caller leaves, the provider is hung up on within a second', async () => {
  const { response, left } = await leaveEarly();
  await eventually(() => world.provider.hits[0].aborted, { within_ms: 2_000, every_ms: 10 });
  const late = performance.now() - left;
  assert.ok(late < 1_000, `${late} ms`);
  const log = await logOf(response);
  assert.deepEqual([log.outcome, log.complete, log.output.text.startsWith('Scripted answer')], ['client_abort', false, true]);
});

test('when it was decided so, an answer whose caller leaves is finished, and its log is whole', async () => {
  await world.ask('PATCH', '/api/settings', { log: { on_leave: 'finish' } });
  try {
    const { response } = await leaveEarly();
    const log = await logOf(response);
    const [hit] = world.provider.hits;
    assert.deepEqual([hit.aborted, hit.answered], [false, true]);
    assert.deepEqual([log.outcome, log.complete, log.output.finish_reason], ['success', true, 'stop']);
    assert.match(log.output.text, /You asked: a long story (?:a long story )+a/);
    // An answer without a log is finished for nobody.
    world.provider.reset();
    await leaveEarly({ 'x-assay-log': 'off' });
    await eventually(() => world.provider.hits[0].aborted, { within_ms: 2_000, every_ms: 10 });
  } finally {
    await world.ask('PATCH', '/api/settings', { log: { on_leave: 'cancel' } });
  }
});

/** Asks, and breaks the connection off while the provider has not begun to answer. */
async function leaveUnanswered(model, stream, headers = {}) {
  const body = JSON.stringify({ model, stream, messages: ASKED });
  const sent = { authorization: `Bearer ${gateway}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers };
  const request = http.request(`${world.url}/v1/chat/completions`, { method: 'POST', agent: false, headers: sent });
  request.on('error', () => {});
  request.end(body);
  await eventually(() => world.provider.in_flight === 1);
  // The local runtime tells of a caller who is not written to only when the connection is reset.
  request.socket.resetAndDestroy();
}

/** The one log of a feature, once it is written. */
const onlyLogOf = (feature) =>
  eventually(async () => {
    const { data } = await world.ask('GET', `/api/logs?feature=${feature}`);
    return data.length > 0 && world.ask('GET', `/api/logs/${data[0].id}`);
  });

for (const stream of [true, false]) {
  test(`when the caller leaves before ${stream ? 'a stream' : 'a whole answer'} begins, the provider is hung up on, and a log says so`, async () => {
    const feature = `left-${stream}`;
    await leaveUnanswered('scripted/scripted@hang', stream, { 'x-assay-feature': feature });
    await eventually(() => world.provider.hits[0].aborted, { within_ms: 1_000, every_ms: 10 });
    const log = await onlyLogOf(feature);
    assert.deepEqual([log.outcome, log.status, log.complete, log.streamed], ['client_abort', null, false, stream]);
    assert.deepEqual([log.messages[0].content, log.response.error.code], [ASKED[0].content, 'client_abort']);
  });
}

test('when it was decided so, an answer whose caller left before it began is finished', async () => {
  await world.ask('PATCH', '/api/settings', { log: { on_leave: 'finish' } });
  world.provider.configure({ latency_ms: 1_000 });
  try {
    await leaveUnanswered('scripted/scripted', true, { 'x-assay-feature': 'finished' });
    const log = await onlyLogOf('finished');
    assert.deepEqual([world.provider.hits[0].aborted, world.provider.hits[0].answered], [false, true]);
    assert.deepEqual([log.outcome, log.status, log.complete, log.output.finish_reason], ['success', 200, true, 'stop']);
  } finally {
    world.provider.configure({ latency_ms: 0 });
    await world.ask('PATCH', '/api/settings', { log: { on_leave: 'cancel' } });
  }
});

test('the caller decides what is kept', async () => {
  const before = await world.ask('GET', '/api/logs/count');
  const off = await post({}, { 'x-assay-log': 'off' });
  assert.equal(off.status, 200);
  assert.equal(off.headers.get('x-assay-log-id'), null);

  const metadata = await post({ temperature: 0.5, stream: true, stream_options: { include_usage: true } }, { 'x-assay-log': 'metadata', 'x-assay-feature': 'quiet' });
  const log = await logOf(metadata);
  assert.ok(!/order|Scripted answer/.test(JSON.stringify(log)), JSON.stringify(log));
  assert.deepEqual([log.feature, log.outcome, log.request.temperature], ['quiet', 'success', 0.5]);
  assert.ok(log.usage.output_tokens > 0 && log.cost_usd > 0 && log.ttft_ms > 0);
  await pause(300);
  assert.deepEqual(await world.ask('GET', '/api/logs/count'), { ...before, count: before.count + 1 });
});

test('who may not come in is told so, whatever the path', async () => {
  const reader = await world.key('read');
  const chat = JSON.stringify({ model: 'scripted/scripted', messages: ASKED });
  const cases = [
    ['POST', '/v1/chat/completions', null, 401, 'invalid_api_key'],
    ['GET', '/v1/models', null, 401, 'invalid_api_key'],
    ['POST', '/v1/nowhere', null, 401, 'invalid_api_key'],
    ['POST', '/v1/chat/completions', 'asy_unknown', 401, 'invalid_api_key'],
    ['POST', '/v1/chat/completions', reader, 403, 'insufficient_scope'],
    ['POST', '/v1/nowhere', gateway, 404, 'unknown_url'],
  ];
  for (const [method, path, token, status, code] of cases) {
    const reply = await world.api(method, path, method === 'POST' ? chat : undefined, { token });
    assert.deepEqual([reply.status, reply.body.error.code], [status, code], `${method} ${path} ${token}`);
    assert.ok(reply.headers.get('x-request-id'));
  }
  assert.equal(world.provider.hits.length, 0);
});

test('what cannot be passed on is refused in the words of the protocol', async () => {
  const cases = [
    ['{"model": ', {}, 400, 'invalid_json'],
    [{}, { 'x-assay-tags': 'plan=pro' }, 400, 'invalid_header'],
    [{}, { 'x-assay-log': 'none' }, 400, 'invalid_header'],
    [{}, { 'x-assay-hop': '1' }, 508, 'loop_detected'],
    [{ model: 'scripted' }, { 'x-assay-provider': 'nobody' }, 404, 'model_not_found'],
    [{ model: 'demo/nothing' }, {}, 404, 'model_not_found'],
    [`{"model":"scripted/scripted","x":"${'a'.repeat(26 * MEGABYTE)}"}`, {}, 413, 'request_too_large'],
  ];
  for (const [body, headers, status, code] of cases) {
    const reply = await post(body, headers);
    assert.deepEqual([reply.status, errorOf(reply).code], [status, code]);
  }
  assert.equal(world.provider.hits.length, 0);
});

test('a provider that is this service by another name answers nobody, and a run of it waits', async () => {
  const circle = { name: 'circle', protocol: 'openai', base_url: `${world.url}/v1`, api_key: gateway };
  const own = await world.api('POST', '/api/providers', circle);
  assert.deepEqual([own.status, own.body.errors[0].pointer], [422, '/base_url']);
  assert.match(own.body.detail, /^the host "127\.0\.0\.1" is this service's own/);
  assert.equal((await postAs('assay.example', '/api/providers', circle)).statusCode, 201);

  const reply = await post({ model: 'circle/scripted/scripted' });
  assert.deepEqual([reply.status, errorOf(reply).code], [508, 'loop_detected']);
  const set = await world.ask('POST', '/api/sets', { name: 'Circle', criteria: [{ name: 'Right', question: 'Is it right?' }] });
  await world.ask('POST', `/api/sets/${set.id}/items`, { items: [1, 2, 3, 4, 5].map((parcel) => ({ request: `Where is parcel ${parcel}?` })) });
  const model = (provider) => ({ provider, model: 'scripted/scripted' });
  const { id } = await world.ask('POST', '/api/runs', { set_id: set.id, target: model('circle'), judge: model('scripted'), baseline: false, concurrency: 1 });
  const run = await eventually(async () => {
    const now = await world.ask('GET', `/api/runs/${id}`);
    return now.status === 'paused' && now;
  }, { within_ms: 20_000 });
  assert.match(run.reason, /^the provider answered 508: the request comes from a gateway or a run of Assay itself/);
});

test('a provider on workers.dev is taken and asked only while the operator names its origin', async () => {
  const worker = { name: 'worker', protocol: 'openai', base_url: 'https://models.acme.workers.dev/v1', api_key: 'sk-worker-key-0001' };
  const named = async (origins) => {
    await world.stop();
    env.ALLOWED_UPSTREAMS = origins;
    await world.start();
  };
  const words = /^the host "models\.acme\.workers\.dev" is on workers\.dev.*name its origin in ALLOWED_UPSTREAMS/;
  const refused = await world.api('POST', '/api/providers', worker);
  assert.deepEqual([refused.status, refused.body.errors[0].pointer], [422, '/base_url']);
  assert.match(refused.body.detail, words);
  await named('https://models.acme.workers.dev');
  assert.equal((await world.api('POST', '/api/providers', worker)).status, 201);
  await named('');
  const reply = await post({ model: 'worker/any' });
  assert.equal(reply.status, 502);
  assert.match(errorOf(reply).message, /is on workers\.dev.*name its origin in ALLOWED_UPSTREAMS/);
});

/** Posts JSON as the operator to a Worker that is known by another name; `fetch` lets nobody say which. */
function postAs(host, path, body) {
  return new Promise((resolve, reject) => {
    const headers = { host, authorization: `Bearer ${world.token}`, 'content-type': 'application/json' };
    http.request(`${world.url}${path}`, { method: 'POST', headers, agent: false }, (response) => resolve(response.resume())).on('error', reject).end(JSON.stringify(body));
  });
}

test('the official client lists the models and talks to the simulated provider', async () => {
  const client = new OpenAI({ apiKey: gateway, baseURL: `${world.url}/v1`, maxRetries: 0 });
  const models = [];
  for await (const model of client.models.list()) models.push(model.id);
  assert.ok(['scripted/scripted', 'demo/echo', 'demo/terse', 'demo/judge'].every((id) => models.includes(id)), models.join(' '));

  const whole = await client.chat.completions.create({ model: 'demo/echo', messages: ASKED });
  const stream = await client.chat.completions.create({ model: 'demo/echo', messages: ASKED, stream: true });
  let text = '';
  let usage = null;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? '';
    usage = chunk.usage ?? usage;
  }
  assert.equal(whole.choices[0].message.content, ASKED[0].content);
  assert.equal(text, ASKED[0].content);
  assert.deepEqual(usage, whole.usage);
});
