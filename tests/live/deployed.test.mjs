// Who answers what, served as on a laptop and as deployed: there the platform looks for files before it asks the Worker.
//
// Leaves out what is answered; the other files test that.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { eventually, startWorld } from './world.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const [wasm] = (await readdir(join(ROOT, 'dist/assets'))).filter((name) => name.endsWith('.wasm'));

const world = await startWorld();
after(() => world.close());

/** Path, status, type, and what the cache may do; `policy` when markup in it could do nothing. */
const ANSWERS = [
  ['/', 200, 'text/html', 'no-cache', 'policy'],
  ['/runs/some-run', 200, 'text/html', 'no-cache', 'policy'],
  [`/assets/${wasm}`, 200, 'application/wasm', 'public, max-age=31536000, immutable'],
  ['/assets/gone.js', 404, '', 'no-store', 'policy'],
  ['/sample_logs.jsonl', 200, '', 'no-cache'],
  ['/gone.txt', 404, '', 'no-store', 'policy'],
  ['/api/session', 401, 'application/problem+json', 'no-store'],
  ['/v1/models', 401, 'application/json', 'no-store'],
];

async function check(origin) {
  const found = [];
  for (const [path, , , , policy] of ANSWERS) {
    const reply = await fetch(`${origin}${path}`, { headers: { connection: 'close' } });
    await reply.arrayBuffer();
    const [type] = (reply.headers.get('content-type') ?? '').split(';');
    const row = [path, reply.status, type, reply.headers.get('cache-control')];
    found.push(policy && /default-src 'none'/.test(reply.headers.get('content-security-policy')) ? [...row, policy] : row);
  }
  assert.deepEqual(found, ANSWERS);
}

test('served here, the Worker answers everything', () => check(world.url));

test('as deployed, files are answered by the platform and everything else by the Worker', async () => {
  const state = await mkdtemp(join(tmpdir(), 'assay-deployed-'));
  const port = await freePort();
  const words = ['dev', '-c', join(ROOT, 'edge/wrangler.jsonc'), '--ip', '127.0.0.1', '--port', String(port), '--persist-to', state];
  const env = { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: join(state, 'log') };
  const child = spawn(join(ROOT, 'node_modules/.bin/wrangler'), words, { cwd: ROOT, env, stdio: 'ignore', detached: true });
  const end = () => process.kill(-child.pid, 'SIGKILL');
  process.once('exit', end);
  try {
    const origin = `http://127.0.0.1:${port}`;
    await eventually(() => fetch(`${origin}/api/session`).then((reply) => reply.status === 401, () => false), { within_ms: 90_000 });
    await check(origin);
  } finally {
    process.off('exit', end);
    end();
    await once(child, 'exit');
    await rm(state, { recursive: true, force: true });
  }
});

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
