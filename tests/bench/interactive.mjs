// How long it takes until somebody can work with a page: on a first visit, when all has to come, and again.
//
//   node tests/bench/interactive.mjs
//
// Interactive is a page when its heading and what it shows of the service's data are drawn and its thread has no task of
// 50 ms or more any more, as nobody notices less: the end of the last of them, or the drawing, whichever is later. Told
// on this machine as it is, and on a slow telephone as browsers stand in for one: a processor that is four times slower,
// 10 Mbit/s, and 40 ms there and back. The platform compresses what it sends of the app, which the runtime alone does not:
// something in between does it here, once for each file.
//
// Environment: CHROMIUM is the browser's path.

import { chromium } from '@playwright/test';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { brotliCompressSync, constants } from 'node:zlib';
import { eventually, startWorld } from '../live/world.mjs';

const TRIES = 3;
/** For how long the thread must have no long task. */
const QUIET_MS = 1_000;
const SAMPLES = new URL('../../shared/samples/sample_logs.jsonl', import.meta.url);
const SLOW = { processor: 4, network: { offline: false, latency: 40, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8 } };

const IN_MEMORY = '/dev/shm';
if (!process.env.TMPDIR && existsSync(IN_MEMORY)) process.env.TMPDIR = IN_MEMORY;

const world = await startWorld();
const platform = await compressing(new URL(world.url));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  const run = await scored();
  /** Pages, with what is drawn once their data is there. */
  const pages = { '/': 'main h2', '/logs': '[data-row]', '/sets': 'main td', '/runs': 'main td', [`/runs/${run}`]: '[data-row]' };
  const widths = [10, 14, 14, 14, 14, 14];
  print(['page', 'first, ms', 'kB', 'again, ms', 'slow first', 'slow again'], widths);
  for (const [path, drawn] of Object.entries(pages)) {
    const [fast, slow] = [await least(() => visit(path, drawn)), await least(() => visit(path, drawn, SLOW))];
    const name = path.replace(run, '…');
    print([name, fast.first.toFixed(0), (fast.bytes / 1_000).toFixed(0), fast.again.toFixed(0), slow.first.toFixed(0), slow.again.toFixed(0)], widths);
  }
} finally {
  await browser.close();
  platform.server.close();
  await world.close();
}

/** Starts something that passes everything on to the service, and compresses files as the platform does: quickly. */
async function compressing(service) {
  const files = new Map();
  const server = http.createServer((request, response) => {
    const { method, url: path, headers } = request;
    const passed = http.request({ host: service.hostname, port: service.port, method, path, headers: { ...headers, connection: 'close' } }, async (answer) => {
      const isFile = answer.statusCode === 200 && /wasm|javascript|css|html/.test(answer.headers['content-type']);
      if (!isFile) {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
        return;
      }
      const bytes = Buffer.concat(await Array.fromAsync(answer));
      if (!files.has(path)) files.set(path, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }));
      const { 'content-length': _, 'transfer-encoding': __, ...others } = answer.headers;
      response.writeHead(200, { ...others, 'content-encoding': 'br' });
      response.end(files.get(path));
    });
    request.pipe(passed);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

/** Takes the sample logs in, and resolves with a run of them that is done. */
async function scored() {
  await world.ask('POST', '/api/logs/import?format=auto', await readFile(SAMPLES, 'utf8'));
  const set = await world.ask('POST', '/api/sets', { name: 'Support', criteria: [{ name: 'Right', question: 'Is it right?' }] });
  await world.ask('POST', `/api/sets/${set.id}/items`, { filter: {} });
  const { id } = await world.ask('POST', '/api/runs', { set_id: set.id, target: { provider: 'demo', model: 'echo' }, judge: { provider: 'demo', model: 'judge' } });
  await eventually(async () => (await world.ask('GET', `/api/runs/${id}`)).status === 'done', { within_ms: 60_000 });
  return id;
}

/** Opens a page in a browser that has nothing, and once more in the same. */
async function visit(path, drawn, slow) {
  const context = await browser.newContext({ viewport: slow ? { width: 360, height: 800 } : { width: 1440, height: 900 } });
  await context.request.post(`${platform.url}/api/session`, { data: { token: world.token } });
  const page = await context.newPage();
  const tools = await context.newCDPSession(page);
  await tools.send('Network.enable');
  if (slow) {
    await tools.send('Network.emulateNetworkConditions', slow.network);
    await tools.send('Emulation.setCPUThrottlingRate', { rate: slow.processor });
  }
  let bytes = 0;
  tools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.addInitScript((wanted) => {
    globalThis.longTaskEnded = 0;
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) globalThis.longTaskEnded = startTime + duration;
    }).observe({ type: 'longtask', buffered: true });
    const look = () => {
      if (document.querySelector('h1') && document.querySelector(wanted)) globalThis.drawnAt = performance.now();
      else requestAnimationFrame(look);
    };
    look();
  }, drawn);
  const open = async () => {
    await page.goto(`${platform.url}${path}`);
    return page.evaluate(async (quiet) => {
      const since = () => performance.now() - Math.max(globalThis.drawnAt ?? Infinity, globalThis.longTaskEnded);
      while (!(since() > quiet)) await new Promise((resolve) => { setTimeout(resolve, 50); });
      return Math.max(globalThis.drawnAt, globalThis.longTaskEnded);
    }, QUIET_MS);
  };
  const first = await open();
  const came = bytes;
  const again = await open();
  await context.close();
  return { first, again, bytes: came };
}

/** Measures it some times, and gives the least of each. */
async function least(measure) {
  const all = [];
  for (let n = 0; n < TRIES; n += 1) all.push(await measure());
  return Object.fromEntries(Object.keys(all[0]).map((name) => [name, Math.min(...all.map((one) => one[name]))]));
}

function print(cells, widths) {
  console.log(cells.map((cell, place) => String(cell).padStart(widths[place])).join(''));
}
