// Importing the largest file there may be, on the real runtime.
//
// That no more of it is held than a part is tested natively; here it is seen to come in whole, and that the Worker
// goes on afterwards. Leaves out what each format says.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { rowsOf } from './database.mjs';
import { startWorld } from './world.mjs';

const LARGEST = 25 * 1024 * 1024;
const WORDS = 'the parcel waits at the counter until Friday and then goes back to whoever sent it '.repeat(30);

let world;

before(async () => {
  world = await startWorld();
});
after(() => world?.close());

const importing = (file) => world.api('POST', '/api/logs/import', file);
const pair = (n, answer = WORDS) => ({
  request: { model: 'scripted', messages: [{ role: 'user', content: `${n}: ${WORDS}` }] },
  response: `${n}: ${answer}`,
  created: 1_793_000_000 + n,
});

/** Writes lines until they fill the file to its last byte. Gives the file and how many lines there are. */
function fill(lineOf) {
  const lines = [];
  let left = LARGEST;
  for (let n = 1; ; n += 1) {
    const line = `${JSON.stringify(lineOf(n))}\n`;
    if (line.length > left) break;
    lines.push(line);
    left -= line.length;
  }
  return { file: lines.join('') + ' '.repeat(left), lines: lines.length };
}

test('a file of 25 MB comes in whole, and again as nothing but duplicates', async (t) => {
  const { file, lines } = fill(pair);
  assert.equal(Buffer.byteLength(file), LARGEST);
  const begun = performance.now();
  const reply = await importing(file);
  t.diagnostic(`${lines} records in ${Math.round(performance.now() - begun)} ms`);
  assert.deepEqual([reply.status, reply.body], [200, { format: 'chat_pairs', imported: lines, duplicates: 0, rejected: [] }]);
  const rows = await rowsOf(world.state, 'SELECT count(*) AS n, count(DISTINCT import_key) AS keys FROM log');
  assert.deepEqual({ ...rows[0] }, { n: lines, keys: lines });
  assert.deepEqual((await importing(file)).body, { format: 'chat_pairs', imported: 0, duplicates: lines, rejected: [] });
});

test('a batch of 25 MB whose answers come after all its requests is joined', async () => {
  const asked = (n) => ({ custom_id: `c${n}`, method: 'POST', url: '/v1/chat/completions', body: pair(n).request });
  const answered = (n) => ({
    custom_id: `c${n}`,
    response: { status_code: 200, body: { created: 1_793_100_000, choices: [{ message: { role: 'assistant', content: `${n} ${WORDS}` } }] } },
  });
  const line = (value) => `${JSON.stringify(value)}\n`;
  const count = Math.floor(LARGEST / (line(asked(99_999)) + line(answered(99_999))).length);
  const numbers = Array.from({ length: count }, (_, n) => n);
  const file = [...numbers.map(asked), ...numbers.map(answered)].map(line).join('');
  assert.ok(file.length > LARGEST * 0.99 && file.length <= LARGEST, String(file.length));
  const { status, body } = await importing(file);
  assert.deepEqual([status, body.format, body.imported, body.duplicates, body.rejected], [200, 'batch', count, 0, []]);
});

test('one byte more is refused, and nothing of it is taken', async () => {
  const before = await world.ask('GET', '/api/logs/count');
  const refused = await importing(`${JSON.stringify(pair(9_999_999))}\n`.padEnd(LARGEST + 1));
  assert.deepEqual([refused.status, refused.body.title !== undefined], [413, true]);
  assert.equal(await statusAfterSending(LARGEST + 1), 413);
  assert.deepEqual(await world.ask('GET', '/api/logs/count'), before);
  assert.equal((await world.api('GET', '/api/health')).status, 200);
});

test('25 MB of what is no record are told of, and hurt nobody', async () => {
  const { status, body } = await importing('x\n'.repeat(LARGEST / 2));
  assert.deepEqual([status, body.imported], [200, 0]);
  assert.ok(body.rejected.length > 1_000 && body.rejected.length < 100_000, String(body.rejected.length));
  assert.match(body.rejected.at(-1).reason, /more records were not taken/);
  const { status: other, body: large } = await importing(`{"request":"${'x'.repeat(LARGEST - 20)}"}`);
  assert.deepEqual([other, large.rejected], [200, [{ line: 1, reason: 'the record is too large; one has at most 8 MB and 400000 values' }]]);
  assert.equal((await world.api('GET', '/api/health')).status, 200);
});

/** Sends so many bytes, all of them before anything is read, as simple clients do, and resolves with the status. */
async function statusAfterSending(bytes) {
  const { hostname, port } = new URL(world.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.pause();
  const lines = ['POST /api/logs/import HTTP/1.1', `host: ${hostname}:${port}`, `authorization: Bearer ${world.token}`, `content-length: ${bytes}`, 'connection: close'];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const sent = new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.write(Buffer.alloc(bytes, ' '), resolve);
  });
  await sent;
  socket.resume();
  const [reply] = await once(socket, 'data');
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(reply)?.[1]);
}
