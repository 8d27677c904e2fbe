// What a live test needs: the built Worker on the real runtime, and a scripted provider, each on a port of its own.
//
//   const world = await startWorld();
//   after(() => world.close());
//   await world.ask('POST', '/api/sets', {...});      // the reply's body; throws unless it is a success
//   const reply = await world.api('GET', '/api/logs'); // { status, headers, body }
//
// The database is new and empty, and gone afterwards. Leaves out what only some tests need.

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startProvider } from './provider.mjs';

const ROOT = resolve(import.meta.dirname, '../..');

/** How long the Worker may take to answer after it was started. */
const START_MS = 60_000;

/** How long it may take to end when it is asked to. */
const STOP_MS = 5_000;

/**
 * Starts a world. `env` goes to `tools/serve.mjs`, which says what it understands; `provider` are the options of
 * the scripted provider, whose models are offered as `scripted/scripted` and so on.
 */
export async function startWorld({ env = {}, provider: options = {} } = {}) {
  const state = await mkdtemp(join(tmpdir(), 'assay-live-'));
  const token = 'live-admin-token';
  const provider = await startProvider(options);
  let server = null;
  let port = 0;

  const world = {
    provider,
    /** The directory with the database. */
    state,
    /** A token that allows everything. */
    token,
    /** The address of the Worker. */
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    /** Sends a request with JSON and the token (`null` for none). Resolves with `{ status, headers, body }`, whatever the status. */
    api: (method, path, body, { token: other = token, headers = {} } = {}) => send(`${world.url}${path}`, method, body, other, headers),
    /** As `api`, and resolves with the body alone; rejects when the call fails. */
    ask: async (method, path, body, more) => {
      const reply = await world.api(method, path, body, more);
      if (reply.status < 200 || reply.status > 299) throw new Error(`${method} ${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
      return reply.body;
    },
    /** Makes an access key with these scopes and resolves with its token. */
    key: async (...scopes) => (await world.ask('POST', '/api/keys', { name: scopes.join(' '), scopes })).token,
    /** What the Worker and the runtime wrote so far. */
    output: () => server?.output() ?? '',
    /** The memory of the runtime that is resident, in bytes: `now`, and the `most` since this was last asked. */
    memory: () => memoryOf(server.group),
    /** Ends the Worker: `SIGTERM` as an operator would, `SIGKILL` as a power cut would. */
    stop: (signal = 'SIGTERM') => server.stop(signal),
    /** Starts it again on the same port, with the same database. */
    start: async () => {
      server = await serve({ ...env, STATE: state, PORT: String(port), ADMIN_TOKEN: token });
      port = server.port;
    },
    /** Ends everything and deletes the database. */
    close: async () => {
      await Promise.all([server?.stop('SIGTERM'), provider.close()]);
      await rm(state, { recursive: true, force: true });
    },
  };

  try {
    await world.start();
    const models = ['scripted', 'scripted-2', 'judge'].map((id) => ({ id, input_usd_per_mtok: 1, output_usd_per_mtok: 2 }));
    await world.ask('POST', '/api/providers', { name: 'scripted', protocol: 'openai', base_url: provider.base_url, api_key: 'sk-stored-key-0001', models });
    return world;
  } catch (error) {
    await world.close();
    throw error;
  }
}

/** Calls `look` until it gives something other than `undefined` or `false`, and resolves with that. */
export async function eventually(look, { within_ms = 10_000, every_ms = 50 } = {}) {
  const end = performance.now() + within_ms;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > end) throw new Error(`it did not come true within ${within_ms} ms: ${look}`);
    await pause(every_ms);
  }
}

/** Waits. */
export function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function send(url, method, body, token, headers) {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method,
    headers: {
      // The runtime closes what is idle for five seconds, and a busy machine would write into it at that moment.
      connection: 'close',
      ...(token && { authorization: `Bearer ${token}` }),
      ...(text !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: text,
  });
  const raw = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(raw) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Serves the Worker in a process group of its own, and resolves once it answers. */
async function serve(env) {
  const child = spawn(process.execPath, [join(ROOT, 'tools/serve.mjs')], {
    cwd: ROOT,
    env: { ...process.env, ALLOW_LOOPBACK_UPSTREAMS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  // If the tests end in any other way, nothing of it stays behind.
  const end = () => signalGroup(child, 'SIGKILL');
  process.once('exit', end);
  const written = [];
  const exited = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  const ready = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        written.push(text);
        const address = /^ready http:\/\/[^:]+:(\d+)$/m.exec(written.join(''));
        if (address) resolve(Number(address[1]));
      });
    }
    exited.then(() => reject(new Error(`the Worker did not start:\n${written.join('')}`)));
    setTimeout(() => reject(new Error(`the Worker did not answer within ${START_MS} ms:\n${written.join('')}`)), START_MS).unref();
  });
  const stop = async (signal) => {
    signalGroup(child, signal);
    const late = setTimeout(end, STOP_MS);
    await exited;
    clearTimeout(late);
    // The runtime is a child of the child, and may outlive it.
    end();
    process.off('exit', end);
  };
  try {
    return { port: await ready, group: child.pid, stop, output: () => written.join('') };
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
}

/** What the system counts of the runtime in a process group. */
function memoryOf(group) {
  const runtime = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).find((pid) => {
    try {
      const [, name, of] = /^\d+ \((.*)\) \S \d+ (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      return name === 'workerd' && Number(of) === group;
    } catch {
      return false; // It has ended meanwhile.
    }
  });
  const status = readFileSync(`/proc/${runtime}/status`, 'utf8');
  const [now, most] = ['VmRSS', 'VmHWM'].map((name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)[1]) * 1024);
  // The most is counted anew from here.
  writeFileSync(`/proc/${runtime}/clear_refs`, '5');
  return { now, most };
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
