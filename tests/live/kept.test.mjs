// What is kept of requests, live: secrets that reach no file, settings that hold at once, logs that go when they are old.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { eventually, startWorld } from './world.mjs';

const SECRETS = ['sk-proj-Ab3dEfGhIjKlMnOpQrStUvWxYz012345', 'AKIAIOSFODNN7EXAMPLE', 'jane.doe@example.com', '+49 30 1234567', '4111 1111 1111 1111'];
/** Stands in each file that holds what was asked. */
const MARK = 'Zanzibarbuntspecht';
const SWEEP_MS = 200;

let world;
let gateway;

before(async () => {
  world = await startWorld({ env: { SWEEP_MS: String(SWEEP_MS) } });
  gateway = await world.key('ingest');
});
after(() => world?.close());
beforeEach(() => world.provider.reset());

const ask = (body, headers = {}) =>
  world.api('POST', '/v1/chat/completions', { model: 'scripted/scripted', messages: [{ role: 'user', content: 'Hi' }], ...body }, { token: gateway, headers });

const settled = (id) =>
  eventually(async () => {
    const { status, body } = await world.api('GET', `/api/logs/${id}`);
    return status === 200 && body;
  });

/** Tells in how many files of the state these words stand, as they are or in another case: full text is kept in small letters. */
async function filesWith(words) {
  const names = await readdir(world.state, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map(async (file) => (await readFile(file)).toString('latin1').toLowerCase()));
  return texts.filter((text) => text.includes(words.toLowerCase())).length;
}

test('what is pasted into a prompt is in no file, and the provider got it', async () => {
  const words = `${MARK} ${SECRETS.join(' , ')}`;
  for (const stream of [false, true]) {
    const reply = await ask({ stream, messages: [{ role: 'user', content: words }] }, { 'x-assay-tags': JSON.stringify({ note: SECRETS[0] }) });
    assert.equal(reply.status, 200);
    const log = await settled(reply.headers.get('x-assay-log-id'));
    assert.equal(log.messages[0].content, `${MARK} [key] , [key] , [email] , [phone] , [card]`);
    assert.equal(log.tags.note, '[key]');
  }
  assert.ok(JSON.stringify(world.provider.hits).includes(SECRETS[0]), 'the provider got the words as they were');
  assert.ok((await filesWith(MARK)) > 0, 'the files are looked at');
  for (const secret of SECRETS) assert.equal(await filesWith(secret), 0, secret);
});

test('a key that the provider complains about is in no file', async () => {
  const reply = await world.api(
    'POST',
    '/v1/chat/completions',
    { model: 'scripted/scripted@401', messages: [{ role: 'user', content: 'Hi' }] },
    { token: gateway },
  );
  assert.equal(reply.status, 401);
  const log = await settled(reply.headers.get('x-assay-log-id'));
  assert.match(JSON.stringify(log.response), /Incorrect API key provided: \[key\]\. You can find/);
  assert.equal(await filesWith('sk-stored-key-0001'), 0);
});

test('settings hold for the next request', async () => {
  const keptOf = async (headers) => (await ask({}, headers)).headers.get('x-assay-log-id');
  await world.ask('PATCH', '/api/settings', { log: { mode: 'off' } });
  assert.equal(await keptOf(), null);
  assert.ok(await keptOf({ 'x-assay-log': 'full' }));
  await world.ask('PATCH', '/api/settings', { log: { mode: 'full', sample: 0 } });
  assert.equal(await keptOf(), null);
  await world.ask('PATCH', '/api/settings', { log: { mode: 'metadata', sample: 1 } });
  const log = await settled(await keptOf());
  assert.deepEqual([log.messages[0].content, log.output.text], ['', '']);
  await world.ask('PATCH', '/api/settings', { log: { mode: 'full' } });
});

test('logs go when they are old, with their large bodies', async () => {
  const record = (id, created, content) => JSON.stringify({ id, created, request: { model: 'm', messages: [{ role: 'user', content }] }, response: 'Hello' });
  const file = [record('old', '2020-01-01T00:00:00Z', 'Old and small'), record('large', '2020-01-02T00:00:00Z', 'Old and large. '.repeat(70_000)), record('new', new Date().toISOString(), 'New')].join('\n');
  await world.ask('POST', '/api/logs/import', file);
  const count = async () => (await world.ask('GET', '/api/logs/count?model=m')).count;
  assert.equal(await count(), 3);
  await world.ask('PATCH', '/api/settings', { log: { retention_days: 30 } });
  await eventually(async () => (await count()) === 1);
  const { last_retention } = await eventually(async () => {
    const settings = await world.ask('GET', '/api/settings');
    return settings.last_retention?.logs_in_all === 2 && settings;
  });
  assert.deepEqual([last_retention.logs, last_retention.bodies], [2, 1]);
});
