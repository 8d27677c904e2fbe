// How long a run's page takes in the browser, from its scores to the full page, and a frame while its threshold is
// dragged, at 1,000, 10,000 and 100,000 items.
//
//   node tests/bench/page.mjs
//
// The outcomes are written into the database's file while nothing serves it. What counts is the processor's time of the
// page's own thread, as the browser tells it: waiting for the network is not computing. The slider is moved as a hand
// does, one step in a frame; beside its processor's time stands that from the step until what it changes is drawn.
//
// Environment: CHROMIUM is the browser's path.

import { chromium } from '@playwright/test';
import { existsSync } from 'node:fs';
import { fileOf } from '../live/database.mjs';
import { grow, seedOf } from '../live/grown.mjs';
import { startWorld } from '../live/world.mjs';
import { hold } from './bar.mjs';

const SIZES = [1_000, 10_000, 100_000];
const TRIES = 3;
/** What computing the page may take, and a frame of the drag, in milliseconds. */
const PAGE_MS = { 10_000: 300 };
const FRAME_MS = { 10_000: 16, 100_000: 60 };

const IN_MEMORY = '/dev/shm';
if (!process.env.TMPDIR && existsSync(IN_MEMORY)) process.env.TMPDIR = IN_MEMORY;

const world = await startWorld();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  const { run, item } = await seedOf(world);
  const rows = [];
  for (const items of SIZES) {
    await world.stop();
    grow(await fileOf(world.state), run, item, items);
    await world.start();
    const page = await least(() => open(run), 'computing');
    rows.push({ items, ...page, ...(await drag(run)) });
  }
  const widths = [8, 14, 8, 9, 15, 8, 14, 11, 6];
  print(['items', 'computing ms', 'growth', 'wall ms', 'CPU ms a frame', 'growth', 'median, wall', '95 %, wall', 'rows'], widths);
  for (const row of rows) {
    // 1.00: ten times the items take ten times as long.
    const growth = (value) => (value(row) / row.items / (value(rows[0]) / rows[0].items)).toFixed(2);
    print(
      [
        row.items,
        row.computing.toFixed(0),
        growth(({ computing }) => computing),
        row.wall.toFixed(0),
        row.each.toFixed(1),
        growth(({ each }) => each),
        row.median.toFixed(1),
        row.most.toFixed(1),
        row.drawn,
      ],
      widths,
    );
  }
  for (const { items, computing, each } of rows) {
    if (PAGE_MS[items]) hold(`computing the page of ${items} items, ms`, computing, { most: PAGE_MS[items] });
    if (FRAME_MS[items]) hold(`a frame of the drag at ${items} items, ms`, each, { most: FRAME_MS[items] });
  }
} finally {
  await browser.close();
  await world.close();
}

/** Opens a page that is signed in, and resolves with it and with what it has taken. */
async function visit() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.request.post(`${world.url}/api/session`, { data: { token: world.token } });
  const page = await context.newPage();
  const tools = await context.newCDPSession(page);
  await tools.send('Performance.enable', { timeDomain: 'threadTicks' });
  /** The processor's time that the page's thread has taken, in milliseconds. */
  const busy = async () => {
    const { metrics } = await tools.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration').value * 1_000;
  };
  return { page, busy, close: () => context.close() };
}

function full(page) {
  return page.waitForFunction(() => /Question \d+/.test(document.querySelector('[data-row]')?.textContent ?? ''), undefined, { polling: 'raf', timeout: 120_000 });
}

/** Times the page from when its scores have come until it is full. */
async function open(run) {
  const { page, busy, close } = await visit();
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  let came;
  const scores = new Promise((resolve) => {
    came = resolve;
  });
  await page.route('**/scores', async (route) => {
    const response = await route.fetch({ timeout: 120_000 });
    came();
    await held;
    await route.fulfill({ response });
  });
  await page.goto(`${world.url}/runs/${run}`);
  await scores;
  await page.waitForTimeout(300);
  const before = await busy();
  const began = performance.now();
  release();
  await full(page);
  const timed = { computing: (await busy()) - before, wall: performance.now() - began };
  await close();
  return timed;
}

/** Moves the threshold one step in each frame, to and fro. */
async function drag(run) {
  const { page, busy, close } = await visit();
  await page.goto(`${world.url}/runs/${run}`);
  await full(page);
  const before = await busy();
  const { times, drawn } = await page.evaluate(async () => {
    const slider = document.getElementById('threshold');
    const times = [];
    // A frame: the step, what it makes the page compute, style and layout; then the next could be drawn.
    const frame = () =>
      new Promise((resolve) => {
        requestAnimationFrame(() => {
          const began = performance.now();
          const channel = new MessageChannel();
          channel.port1.onmessage = () => resolve(performance.now() - began);
          slider.dispatchEvent(new Event('input', { bubbles: true }));
          // Style, layout and painting come before the next message does.
          channel.port2.postMessage(null);
        });
      });
    for (let step = 0; step < 90; step += 1) {
      slider.value = String(0.8 - 0.01 * (step < 45 ? step : 90 - step));
      times.push(await frame());
    }
    return { times, drawn: document.querySelectorAll('[data-row]').length };
  });
  const each = ((await busy()) - before) / times.length;
  await close();
  const sorted = times.toSorted((a, b) => a - b);
  return { each, median: sorted[Math.floor(sorted.length / 2)], most: sorted[Math.floor(sorted.length * 0.95)], drawn };
}

async function least(measure, by) {
  let best;
  for (let n = 0; n < TRIES; n += 1) {
    const measured = await measure();
    if (!best || measured[by] < best[by]) best = measured;
  }
  return best;
}

function print(cells, widths) {
  console.log(cells.map((cell, place) => String(cell).padStart(widths[place] ?? 8)).join(''));
}
