// What the gateway adds to a request: the scripted provider asked directly, against the same through the gateway.
//
//   node tests/bench/gateway.mjs [parts] [seconds]
//
// `parts` are any of `added`, `stream`, `rate` and `logs`, all when left out; `seconds` is how long `logs` lasts, 60 when
// left out. Logging is on throughout. Direct and through the gateway take turns, a block of requests each, so that
// what else the machine does falls on both. The load and the provider share one thread of their own, and what they take
// is in both columns. As elsewhere here, the database is in memory where the system has such a directory.
//
// `added`: closed loops, as many as `at once`; the differences of the percentiles, and the CPU time of the runtime for
// each request, local database and writing of the log among it. `stream`: the same of the first byte of a streamed
// answer. `rate`: requests that come at a steady pace, whether or not the ones before were answered; the highest paces at
// which no request fails, and whose p99 is at most 10 ms as it is, and at most 10 ms above the direct one. `logs`: 500
// requests a second, the memory of the runtime before, under load and after, and how many of the answered requests have
// no log in the end.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { eventually, pause, startWorld } from '../live/world.mjs';
import { hold } from './bar.mjs';

const IN_MEMORY = '/dev/shm';
if (!process.env.TMPDIR && existsSync(IN_MEMORY)) process.env.TMPDIR = IN_MEMORY;

const AT_ONCE = [1, 16, 64];
const BLOCKS = 8;
const BLOCK = 400;
/** Of streams, which take as long as they have chunks. */
const STREAM_BLOCK = 40;
/** How long the logs of a block may take before the next begins. */
const REST_MS = 200;
const RATES = [50, 100, 200, 300, 400, 500, 600, 800, 1000];
const RATE_SECONDS = 3;
const MOST_MS = 10;
/** What may be added at one request at a time. */
const WANTED = { p50: 1, p99: 5 };
const LOGS_A_SECOND = 500;

const words = process.argv.slice(2);
const seconds = Number(words.find((word) => /^\d+$/.test(word)) ?? 60);
const chosen = words.filter((word) => !/^\d+$/.test(word));
const parts = { added, stream, rate, logs };

const world = await startWorld();
const token = await world.key('ingest');
const workerd = runtime();
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
const said = 'Where is my order? It was to come on Monday, and the page of the parcel service says nothing. '.repeat(8);
const direct = { url: new URL(`${world.provider.base_url}/chat/completions`), model: 'scripted' };
const gateway = { url: new URL(`${world.url}/v1/chat/completions`), model: 'scripted/scripted' };

try {
  await block(gateway, 8, 200);
  await block(direct, 8, 200);
  await settled();
  for (const [name, part] of Object.entries(parts)) if (chosen.length === 0 || chosen.includes(name)) await part();
} finally {
  agent.destroy();
  await world.close();
}

async function added() {
  print('at once', 'direct p50', 'p99', 'gateway p50', 'p99', 'added p50', 'added p99', 'ratio p50', 'CPU ms', 'failed');
  const differences = [];
  for (const at_once of AT_ONCE) differences.push(await compare(at_once, false));
  const [alone] = differences;
  for (const [name, most] of Object.entries(WANTED)) hold(`${name} added at one at once, ms`, alone[name], { most });
}

async function stream() {
  world.provider.configure({ chunk_ms: 1 });
  console.log('\nto the first byte of a streamed answer:');
  print('at once', 'direct p50', 'p99', 'gateway p50', 'p99', 'added p50', 'added p99', 'ratio p50', 'CPU ms', 'failed');
  for (const at_once of AT_ONCE) await compare(at_once, true);
  world.provider.configure({ chunk_ms: 0 });
}

async function compare(at_once, streamed) {
  const [plain, through] = [[], []];
  const count = streamed ? STREAM_BLOCK : BLOCK;
  let cpu = 0;
  for (let turn = 0; turn < BLOCKS; turn += 1) {
    plain.push(...(await block(direct, at_once, count, streamed)));
    const before = cpuMillis();
    through.push(...(await block(gateway, at_once, count, streamed)));
    await pause(REST_MS);
    cpu += cpuMillis() - before;
  }
  await settled();
  const [a, b] = [plain, through].map((all) => all.filter((one) => one.ok).map((one) => (streamed ? one.first : one.last)));
  const failed = plain.length + through.length - a.length - b.length;
  const [p50, p99] = [0.5, 0.99].map((part) => [quantile(a, part), quantile(b, part)]);
  print(at_once, ms(p50[0]), ms(p99[0]), ms(p50[1]), ms(p99[1]), ms(p50[1] - p50[0]), ms(p99[1] - p99[0]), (p50[1] / p50[0]).toFixed(2), ms(cpu / through.length), failed);
  return { p50: p50[1] - p50[0], p99: p99[1] - p99[0] };
}

async function rate() {
  console.log('\nat a steady pace:');
  print('a second', 'direct p99', 'gateway p50', 'p99', 'added p99', 'failed');
  let [best, best_added] = [0, 0];
  for (const pace of RATES) {
    const plain = await steady(direct, pace, RATE_SECONDS);
    const through = await steady(gateway, pace, RATE_SECONDS);
    await settled();
    const [a, b] = [plain, through].map((all) => all.filter((one) => one.ok).map((one) => one.last));
    const more = quantile(b, 0.99) - quantile(a, 0.99);
    print(pace, ms(quantile(a, 0.99)), ms(quantile(b, 0.5)), ms(quantile(b, 0.99)), ms(more), through.length - b.length);
    if (more > MOST_MS || b.length < through.length) break;
    best_added = pace;
    if (quantile(b, 0.99) <= MOST_MS) best = pace;
  }
  console.log(`highest pace with a p99 of at most ${MOST_MS} ms: ${best} a second; with at most ${MOST_MS} ms added to p99: ${best_added} a second`);
}

async function logs() {
  console.log(`\n${LOGS_A_SECOND} requests a second for ${seconds} s:`);
  const before = await stored();
  const idle = memory();
  let most = idle;
  const watch = setInterval(() => {
    most = Math.max(most, memory());
  }, 250);
  const cpu = cpuMillis();
  const answers = await steady(gateway, LOGS_A_SECOND, seconds);
  const all = await settled();
  clearInterval(watch);
  const good = answers.filter((one) => one.ok);
  const last = good.map((one) => one.last);
  print('requests', 'answered', 'p50', 'p99', 'logs', 'lost', 'CPU ms', 'idle MB', 'load MB', 'after MB');
  print(answers.length, good.length, ms(quantile(last, 0.5)), ms(quantile(last, 0.99)), all - before, good.length - (all - before), ms((cpuMillis() - cpu) / answers.length), idle, most, memory());
  hold('answered requests without a log', good.length - (all - before), { most: 0 });
}

/** Asks a number of times, in as many loops as are to be at once. */
async function block(where, at_once, count, streamed = false) {
  const answers = [];
  let begun = 0;
  const loop = async () => {
    while (begun < count) {
      begun += 1;
      answers.push(await ask(where, streamed));
    }
  };
  await Promise.all(Array.from({ length: at_once }, loop));
  return answers;
}

/** Asks at a pace, without waiting for answers. */
async function steady(where, pace, lasting) {
  const under_way = [];
  const began = performance.now();
  const count = pace * lasting;
  while (under_way.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - began) / 1000) * pace) + 1);
    while (under_way.length < due) under_way.push(ask(where, false));
    await pause(1);
  }
  return Promise.all(under_way);
}

/** Asks once. Resolves with the milliseconds to the first and the last byte of the answer, and whether it was one. */
function ask({ url, model }, streamed) {
  const body = JSON.stringify({ model, stream: streamed, messages: [{ role: 'user', content: said }] });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const began = performance.now();
    const since = () => performance.now() - began;
    const failed = () => resolve({ ok: false, first: since(), last: since() });
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      let first = null;
      response.on('data', () => {
        first ??= since();
      });
      response.on('end', () => resolve({ ok: response.statusCode === 200, first, last: since() }));
      response.on('error', failed);
    });
    request.on('error', failed);
    request.end(body);
  });
}

async function stored() {
  return (await world.ask('GET', '/api/logs/count')).count;
}

/** Waits until no more logs come, and resolves with how many there are. */
async function settled() {
  let known = -1;
  let since = 0;
  return eventually(
    async () => {
      const now = await stored();
      if (now !== known) [known, since] = [now, performance.now()];
      return performance.now() - since > 700 && { now };
    },
    { within_ms: 300_000, every_ms: 150 },
  ).then(({ now }) => now);
}

/** Finds the process of the runtime among the descendants of this one. */
function runtime() {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => {
    try {
      const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      return { pid: Number(pid), name, parent: Number(parent) };
    } catch {
      return null; // It has ended meanwhile.
    }
  }).filter(Boolean);
  const byPid = new Map(processes.map((one) => [one.pid, one]));
  const isOurs = (one) => one !== undefined && (one.parent === process.pid || isOurs(byPid.get(one.parent)));
  const found = processes.filter((one) => one.name === 'workerd' && isOurs(one));
  if (found.length !== 1) throw new Error(`${found.length} processes of the runtime were found, and not one`);
  return found[0].pid;
}

/** The CPU time of the runtime so far; the system counts it in hundredths of a second. */
function cpuMillis() {
  const fields = readFileSync(`/proc/${workerd}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The memory of the runtime that is resident, in megabytes. */
function memory() {
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${workerd}/status`, 'utf8'))[1]) / 1024);
}

function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

function ms(value) {
  return value.toFixed(2);
}

function print(...cells) {
  console.log(cells.map((cell) => String(cell).padStart(11)).join(' '));
}
