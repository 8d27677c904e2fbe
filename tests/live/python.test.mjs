// The official Python SDKs and a framework, live: each is a script that knows Assay's address and key, and nothing else
// of it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { eventually, startWorld } from './world.mjs';

const PYTHON = process.env.PYTHON_OF_SDKS;
const CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"東京"}' } };

let world;
let key;

before(async () => {
  assert.ok(PYTHON, 'PYTHON_OF_SDKS names the Python that has the SDKs; `make test-live` sets it');
  world = await startWorld();
  const { base_url } = world.provider;
  await world.ask('POST', '/api/providers', { name: 'anthropic-scripted', protocol: 'anthropic', base_url, api_key: 'sk-ant-stored-0001' });
  key = await world.key('ingest');
});
after(() => world?.close());
beforeEach(() => {
  world.provider.reset();
  world.provider.script(({ body }) => (body.tools ? { tool_calls: [CALL] } : {}));
});

async function run(script, args = []) {
  const file = fileURLToPath(new URL(`python/${script}`, import.meta.url));
  const child = spawn(PYTHON, [file, ...args], { env: { ...process.env, GATEWAY: world.url, ASSAY_KEY: key, LANGSMITH_TRACING: 'false' } });
  const written = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => written.push(text));
  const status = await new Promise((resolve) => {
    child.once('close', resolve);
  });
  assert.equal(status, 0, written.join(''));
  assert.equal(written.join('').trim().split('\n').at(-1), 'done');
}

/** How many logs there are by now, of each outcome. */
async function counted() {
  const { outcome } = await world.ask('GET', '/api/logs/facets');
  return Object.fromEntries(outcome.map(({ value, count }) => [value, count]));
}

/** Runs a script, and waits until so many logs of each outcome have been written. */
async function leaves(script, expected) {
  const before = await counted();
  await run(script);
  let more = {};
  await eventually(async () => {
    const now = await counted();
    more = Object.fromEntries(Object.entries(now).map(([word, count]) => [word, count - (before[word] ?? 0)]).filter(([, count]) => count > 0));
    return isDeepStrictEqual(more, expected);
  }).catch(() => assert.deepEqual(more, expected));
}

// The list of models and a key that is refused leave no log.

test('the OpenAI SDK works unchanged', async () => {
  await leaves('openai_sdk.py', { success: 7, rate_limited: 1, provider_error: 1 });
  const { data } = await world.ask('GET', '/api/logs?user=u-1');
  assert.equal(data.length, 1);
});

test('the Anthropic SDK works unchanged', async () => {
  await leaves('anthropic_sdk.py', { success: 5, rate_limited: 1, provider_error: 1 });
  const { data } = await world.ask('GET', '/api/logs?provider=anthropic-scripted');
  assert.equal(data.length, 7);
  assert.ok(world.provider.hits.every(({ headers }) => headers['x-api-key'] === 'sk-ant-stored-0001'));
});

test('LangChain works unchanged', async () => {
  await leaves('langchain_sdk.py', { success: 5, invalid_request: 1 });
});
