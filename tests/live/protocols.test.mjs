// The formats that pass the gateway beside chat completions: what it does to bytes, order and keys, and what it logs.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { eventually, startWorld } from './world.mjs';

const CHUNK_MS = 60;
const DEADLINE_MS = 2_000;
const TEXT = 'Where is my order? Grüße aus 東京 🙂';
const PRICED = [{ id: 'scripted', input_usd_per_mtok: 1, output_usd_per_mtok: 2 }];

/** How each format is asked, and which marks end its streams. */
const FORMATS = {
  messages: { body: { max_tokens: 100, system: 'Be brief.', messages: [{ role: 'user', content: TEXT }] }, end: 'message_stop' },
  responses: { body: { instructions: 'Be brief.', input: TEXT }, end: 'response.completed' },
  completions: { body: { prompt: TEXT, stream_options: { include_usage: true } }, end: '[DONE]' },
};

let world;
let gateway;

before(async () => {
  world = await startWorld({
    env: { UPSTREAM_DEADLINE_MS: String(DEADLINE_MS), UPSTREAM_IDLE_MS: String(DEADLINE_MS) },
    provider: { chunk_ms: CHUNK_MS, models: ['scripted'] },
  });
  await world.ask('POST', '/api/providers', { name: 'claude', protocol: 'anthropic', base_url: world.provider.base_url, api_key: 'sk-ant-stored-0001', models: PRICED });
  gateway = await world.key('ingest');
});
after(() => world?.close());
beforeEach(() => world.provider.reset());

/** Posts a body as it is; resolves with the answer, its body read to the end or to where it broke, piece by piece. */
async function post(url, body, headers = { authorization: `Bearer ${gateway}` }) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { connection: 'close', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const chunks = [];
  const arrivals = [];
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk);
      arrivals.push(performance.now());
    }
  } catch {
    // What came before it broke counts.
  }
  const bytes = Buffer.concat(chunks);
  return { status: response.status, headers: response.headers, bytes, text: bytes.toString(), arrivals };
}

const pass = (format, body, headers) => post(`${world.url}/v1/${format}`, body, headers);

/** The log that an answer names, once it is written. */
function logOf(reply) {
  const id = reply.headers.get('x-assay-log-id');
  assert.ok(id, `the answer names its log: ${reply.status} ${reply.text}`);
  return eventually(async () => {
    const { status, body } = await world.api('GET', `/api/logs/${id}`);
    return status === 200 && body;
  });
}

const same = (bytes) => bytes.toString('latin1').replace(/"created(_at)?":\d+/g, '');

for (const [format, { body, end }] of Object.entries(FORMATS)) {
  test(`${format}: an answer passes byte for byte, whole and streamed, well-formed or not`, async () => {
    world.provider.configure({ chunk_ms: 2 });
    for (const [use, stream] of [['', false], ['', true], ['@crlf', true], ['@split-utf8', true], ['@bad-utf8', true], ['@bad-json', false], ['@400', false], ['@429', false], ['@502-html', false], ['@trunc-sse', true], ['@error-mid', true]]) {
      const asked = JSON.stringify({ model: `scripted${use}`, ...body, stream });
      const direct = await post(`${world.provider.base_url}/${format}`, asked, {});
      world.provider.reset();
      const passed = await pass(format, asked.replace('"scripted', '"scripted/scripted'));
      world.provider.reset();
      assert.equal(passed.status, direct.status, use);
      assert.equal(passed.headers.get('content-type'), direct.headers.get('content-type'), use);
      assert.equal(same(passed.bytes), same(direct.bytes), use);
    }
    world.provider.configure({ chunk_ms: CHUNK_MS });
  });

  test(`${format}: a request passes byte for byte, and its stream arrives as it is sent and is logged`, async () => {
    const asked = JSON.stringify({ ...body, model: 'scripted/scripted', stream: true }, null, 2);
    const reply = await pass(format, asked, { authorization: `Bearer ${gateway}`, 'x-assay-feature': 'support' });
    const [hit] = world.provider.hits;
    assert.equal(hit.path, `/v1/${format}`);
    assert.equal(hit.raw, asked.replace('scripted/scripted', 'scripted'));
    assert.ok(reply.text.includes(end));
    assert.ok(reply.arrivals.at(-1) - reply.arrivals[0] > CHUNK_MS * 5, `${reply.arrivals.length} pieces`);

    const log = await logOf(reply);
    const direct = await post(`${world.provider.base_url}/${format}`, { ...body, model: 'scripted' }, {});
    assert.ok(direct.text.includes(JSON.stringify(log.output.text).slice(1, -1)), log.output.text);
    assert.deepEqual([log.outcome, log.status, log.streamed, log.complete, log.feature, log.model], ['success', 200, true, true, 'support', 'scripted']);
    assert.equal(log.output.finish_reason, 'stop');
    assert.deepEqual(log.messages.map((message) => message.role), format === 'completions' ? ['user'] : ['system', 'user']);
    assert.equal(log.messages.at(-1).content, TEXT);
    assert.equal(log.request_preview, TEXT);
    assert.ok(log.response_preview.startsWith('Scripted answer'));
    // Half of what goes in is said to come from a cache; it is counted all the same.
    const usage = JSON.parse(direct.text).usage;
    const input = usage.prompt_tokens ?? usage.input_tokens + (usage.cache_read_input_tokens ?? 0);
    assert.equal(log.usage.input_tokens, input);
    assert.equal(log.usage.cached_tokens, usage.cache_read_input_tokens ?? usage.input_tokens_details?.cached_tokens);
    assert.ok(log.usage.output_tokens > 0 && log.cost_usd > 0);
    assert.ok(log.ttft_ms < log.latency_ms - CHUNK_MS * 3, `first token after ${log.ttft_ms} of ${log.latency_ms} ms`);
  });

  test(`${format}: a stream that breaks off is logged as far as it came`, async () => {
    const outcomes = {};
    for (const use of ['reset-mid', 'no-done', 'error-mid', 'stall-mid']) {
      const reply = await pass(format, { ...body, model: `scripted/scripted@${use}`, stream: true });
      assert.ok(!reply.text.includes(end), use);
      const log = await logOf(reply);
      outcomes[use] = [log.outcome, log.complete, log.output.text.length > 0];
    }
    assert.deepEqual(outcomes, {
      'reset-mid': ['incomplete', false, true],
      'no-done': ['incomplete', false, true],
      'error-mid': ['provider_error', false, false],
      'stall-mid': ['timeout', false, true],
    });
  });
}

test('calls of tools are logged, streamed or not', async () => {
  world.provider.script(() => ({ content: 'I look.', tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }] }));
  for (const format of ['messages', 'responses']) {
    for (const stream of [false, true]) {
      const log = await logOf(await pass(format, { ...FORMATS[format].body, model: 'scripted/scripted', stream }));
      assert.deepEqual(log.output, { text: 'I look.', tool_calls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }], finish_reason: 'tool_calls' }, `${format} ${stream}`);
    }
  }
});

test('an answer that was cut at its limit is whole, and says so', async () => {
  world.provider.script(() => ({ content: 'Cut', finish_reason: 'length' }));
  for (const format of Object.keys(FORMATS)) {
    for (const stream of [false, true]) {
      const log = await logOf(await pass(format, { ...FORMATS[format].body, model: 'scripted/scripted', stream }));
      assert.deepEqual([log.outcome, log.complete, log.output.finish_reason], ['success', true, 'length'], `${format} ${stream}`);
    }
  }
});

test('embeddings pass, and are logged without words', async () => {
  const asked = JSON.stringify({ model: 'scripted/scripted', input: ['a', 'b'], encoding_format: 'float' });
  const reply = await pass('embeddings', asked);
  const direct = await post(`${world.provider.base_url}/embeddings`, asked.replace('scripted/scripted', 'scripted'), {});
  assert.deepEqual([reply.status, reply.text], [200, direct.text]);
  const log = await logOf(reply);
  assert.deepEqual([log.outcome, log.complete, log.output.text, log.request_preview, log.response_preview], ['success', true, '', 'a b', '']);
  assert.ok(log.usage.input_tokens > 0 && log.cost_usd > 0);
});

test('messages go to the protocol\'s own provider, with its key in its header and the version of the protocol', async () => {
  const { body } = FORMATS.messages;
  await pass('messages', { ...body, model: 'scripted' }, { 'x-api-key': gateway });
  await pass('messages', { ...body, model: 'claude/scripted' }, { 'x-api-key': gateway, 'anthropic-version': '2024-01-01', 'anthropic-beta': 'a' });
  await pass('messages', { ...body, model: 'scripted' }, { 'x-assay-key': gateway, 'x-api-key': 'sk-ant-own' });
  await pass('messages', { ...body, model: 'scripted' }, { 'x-assay-key': gateway, authorization: 'Bearer sk-ant-oat' });
  await pass('messages', { ...body, model: 'scripted' }, { 'x-assay-key': gateway, 'x-api-key': gateway });
  const sent = world.provider.hits.map(({ headers }) => [headers['x-api-key'], headers.authorization, headers['anthropic-version'], headers['anthropic-beta']]);
  assert.deepEqual(sent, [
    ['sk-ant-stored-0001', undefined, '2023-06-01', undefined],
    ['sk-ant-stored-0001', undefined, '2024-01-01', 'a'],
    ['sk-ant-own', undefined, '2023-06-01', undefined],
    [undefined, 'Bearer sk-ant-oat', '2023-06-01', undefined],
    ['sk-ant-stored-0001', undefined, '2023-06-01', undefined],
  ]);
  assert.ok(!JSON.stringify(world.provider.hits).includes(gateway));
});

test('what is on the list of a query goes along, and nothing else of it', async () => {
  const { body } = FORMATS.messages;
  const ask = (query) => post(`${world.url}/v1/messages?${query}`, { ...body, model: 'claude/scripted' }, { 'x-api-key': gateway });
  assert.equal((await ask('beta=true')).status, 200);
  assert.equal((await ask(`key=secret&api-version=2024%2D10&_method=DELETE&beta=${gateway}`)).status, 200);
  assert.equal((await ask('x=1#fragment')).status, 200);
  assert.deepEqual(world.provider.hits.map(({ path, query }) => [path, query]), [
    ['/v1/messages', 'beta=true'],
    ['/v1/messages', 'api-version=2024-10'],
    ['/v1/messages', ''],
  ]);
});

test('a message is counted by its provider, and leaves no log', async () => {
  const { max_tokens: _, ...body } = FORMATS.messages.body;
  const asked = JSON.stringify({ ...body, model: 'claude/scripted' });
  const reply = await post(`${world.url}/v1/messages/count_tokens?beta=true`, asked, { 'x-api-key': gateway, 'x-assay-feature': 'counted' });
  const direct = await post(`${world.provider.base_url}/messages/count_tokens`, asked.replace('claude/scripted', 'scripted'), {});
  assert.deepEqual([reply.status, reply.text, reply.headers.get('x-assay-log-id')], [200, direct.text, null]);
  const [hit] = world.provider.hits;
  assert.deepEqual([hit.path, hit.query, hit.raw], ['/v1/messages/count_tokens', 'beta=true', asked.replace('claude/scripted', 'scripted')]);
  assert.deepEqual([hit.headers['x-api-key'], hit.headers['anthropic-version']], ['sk-ant-stored-0001', '2023-06-01']);
  const refused = await post(`${world.url}/v1/messages/count_tokens`, '{', { 'x-api-key': gateway });
  assert.deepEqual([refused.status, JSON.parse(refused.text).error.type], [400, 'invalid_request_error']);
  // A log of something else is written after what came before it.
  await logOf(await pass('messages', { ...FORMATS.messages.body, model: 'claude/scripted' }, { 'x-api-key': gateway, 'x-assay-feature': 'counted' }));
  assert.equal((await world.ask('GET', '/api/logs/count?feature=counted')).count, 1);
});

test('the gateway refuses in the shape of the caller\'s protocol', async () => {
  const { body } = FORMATS.messages;
  const asked = { ...body, model: 'scripted' };
  const cases = [
    [asked, {}, 401, 'authentication_error'],
    ['{"model": ', { 'x-api-key': gateway }, 400, 'invalid_request_error'],
    [asked, { 'x-api-key': gateway, 'x-assay-provider': 'nobody' }, 404, 'not_found_error'],
    [{ ...asked, model: 'demo/nothing' }, { 'x-api-key': gateway }, 404, 'not_found_error'],
    [{ ...asked, model: 'scripted@hang' }, { 'x-api-key': gateway }, 504, 'timeout_error'],
    [{ ...asked, model: 'scripted@redirect-local' }, { 'x-api-key': gateway }, 502, 'api_error'],
  ];
  for (const [body, headers, status, kind] of cases) {
    const reply = await pass('messages', body, headers);
    const { type, error } = JSON.parse(reply.text);
    assert.deepEqual([reply.status, type, error.type], [status, 'error', kind], reply.text);
    assert.ok(error.message.length > 0);
  }
  const elsewhere = await pass('responses', '{', { authorization: `Bearer ${gateway}` });
  assert.deepEqual([elsewhere.status, JSON.parse(elsewhere.text).error.code], [400, 'invalid_json']);
});

test('numbers are kept without words, in every format', async () => {
  for (const format of [...Object.keys(FORMATS), 'embeddings']) {
    const body = FORMATS[format]?.body ?? { input: TEXT };
    const reply = await pass(format, { ...body, model: 'scripted/scripted' }, { authorization: `Bearer ${gateway}`, 'x-assay-log': 'metadata' });
    const log = await logOf(reply);
    assert.ok(!/order|brief|Scripted answer/.test(JSON.stringify(log)), JSON.stringify(log));
    assert.deepEqual([log.outcome, log.usage.input_tokens > 0, log.cost_usd > 0], ['success', true, true], format);
  }
});

test('logs of any format become items that a run can ask anywhere', async () => {
  const feature = { 'x-assay-feature': 'curated', authorization: `Bearer ${gateway}` };
  const logs = [];
  for (const format of [...Object.keys(FORMATS), 'embeddings']) {
    const more = format === 'messages' ? { top_k: 5 } : {};
    const reply = await pass(format, { ...(FORMATS[format]?.body ?? { input: TEXT }), ...more, model: 'scripted/scripted' }, feature);
    logs.push(await logOf(reply));
  }
  const criteria = [{ name: 'Good', question: 'Is it good?' }];
  const set = await world.ask('POST', '/api/sets', { name: 'Any format', criteria });
  const added = await world.ask('POST', `/api/sets/${set.id}/items`, { log_ids: logs.map((log) => log.id), dedupe: 'none' });
  assert.deepEqual([added.added, added.skipped, added.refused], [3, 1, [{ log_id: logs[3].id, reason: 'it asks for embeddings, which are no conversation' }]]);
  const { data } = await world.ask('GET', `/api/sets/${set.id}/items`);
  const items = await Promise.all(data.map(({ id }) => world.ask('GET', `/api/sets/${set.id}/items/${id}`)));
  const lossy = Object.fromEntries(items.map((item) => [item.log_id, item.lossy ?? []]));
  assert.deepEqual(logs.slice(0, 3).map((log) => lossy[log.id]), [['top_k'], [], []]);
  for (const item of items) assert.equal(item.request.messages.at(-1).content, TEXT);

  world.provider.reset();
  const run = await world.ask('POST', '/api/runs', { set_id: set.id, target: { provider: 'scripted', model: 'scripted' }, judge: { provider: 'scripted', model: 'judge' }, baseline: false });
  const done = await eventually(async () => {
    const now = await world.ask('GET', `/api/runs/${run.id}`);
    return now.status === 'done' && now;
  }, { within_ms: 60_000 });
  assert.deepEqual([done.counts.total, done.counts.errored], [3, 0]);
  const paths = new Set(world.provider.hits.map((hit) => hit.path));
  assert.deepEqual([...paths], ['/v1/chat/completions']);
});

test('the models are listed in the form of the caller\'s protocol', async () => {
  const openai = await world.api('GET', '/v1/models', undefined, { token: gateway });
  assert.equal(openai.body.object, 'list');
  const anthropic = await world.api('GET', '/v1/models', undefined, { token: gateway, headers: { 'anthropic-version': '2023-06-01' } });
  const { data, has_more, first_id } = anthropic.body;
  assert.deepEqual([data[0].type, data[0].id, has_more], ['model', first_id, false]);
  assert.ok(data.some(({ id }) => id === 'claude/scripted'));
});

test('a model is told of by its name, with a slash in it or not', async () => {
  const ask = (id, headers) => world.api('GET', `/v1/models/${id}`, undefined, { token: gateway, headers });
  const openai = { id: 'claude/scripted', object: 'model', created: 0, owned_by: 'claude' };
  assert.deepEqual((await ask('claude/scripted')).body, openai);
  assert.deepEqual((await ask('claude%2Fscripted')).body, openai);
  const anthropic = await ask('claude/scripted', { 'anthropic-version': '2023-06-01' });
  assert.deepEqual([anthropic.status, anthropic.body.type, anthropic.body.id], [200, 'model', 'claude/scripted']);
  const none = await ask('claude/other');
  assert.deepEqual([none.status, none.body.error.code], [404, 'model_not_found']);
  const other = await ask('other', { 'anthropic-version': '2023-06-01' });
  assert.deepEqual([other.status, other.body.error.type], [404, 'not_found_error']);
  assert.equal(world.provider.hits.length, 0);
});

test('the simulated provider answers in every format, whole and streamed, and is logged', async () => {
  for (const [format, { body, end }] of Object.entries(FORMATS)) {
    for (const stream of [false, true]) {
      const reply = await pass(format, { ...body, model: 'demo/echo', stream });
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.text.includes(end), stream, format);
      const log = await logOf(reply);
      assert.deepEqual([log.outcome, log.streamed, log.complete, log.output.text, log.provider], ['success', stream, true, TEXT, 'demo'], format);
      assert.ok(log.usage.input_tokens > 0 && log.usage.output_tokens > 0);
    }
  }
  const counted = await post(`${world.url}/v1/messages/count_tokens`, { ...FORMATS.messages.body, model: 'demo/echo' });
  assert.ok(JSON.parse(counted.text).input_tokens > 0);
  const embedded = await pass('embeddings', { model: 'demo/embed', input: ['Where is it?', 'Where is it?', 'Elsewhere'], dimensions: 8 });
  const [one, same, other] = JSON.parse(embedded.text).data.map(({ embedding }) => embedding);
  assert.equal(one.length, 8);
  assert.deepEqual(one, same);
  assert.notDeepEqual(one, other);
  assert.equal((await logOf(embedded)).outcome, 'success');
  assert.equal(world.provider.hits.length, 0);
});
