// The official Python SDKs and a framework, live: each is a script that knows Assay's address and key, and nothing else
// of it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, startWorld } from './world.mjs';

const PYTHON = process.env.PYTHON_OF_SDKS;
const CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"東京"}' } };

let world;
let key;

before(async () => {
  assert.ok(PYTHON, 'PYTHON_OF_SDKS names the Python that has the SDKs; `make test-live` sets it');
  world = await startWorld();
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

/** How many logs there are, once there are so many. */
const logged = (count) => eventually(async () => (await world.ask('GET', '/api/logs/count')).count === count);

test('the OpenAI SDK works unchanged', async () => {
  await run('openai_sdk.py');
  // Six answers and an error; the list of models and the refused key leave none.
  await logged(6);
  const { data } = await world.ask('GET', '/api/logs?user=u-1');
  assert.equal(data.length, 1);
});

test('LangChain works unchanged', async () => {
  const before = (await world.ask('GET', '/api/logs/count')).count;
  await run('langchain_sdk.py');
  await logged(before + 4);
});
