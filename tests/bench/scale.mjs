// How a deployment grows: runs of 1,000, 3,000 and 10,000 items, and a run with 100,000 outcomes that is read.
//
//   node tests/bench/scale.mjs [parts]      parts: any of `runs`, `reads`; all when left out
//
// Each run has a runtime of its own, so that none finds memory that another left. Time is that of the processor, in
// the runtime's process alone: waiting tells more of the machine than of the code. It is given for each item, and as
// growth beside the smallest run: 1.00 is linear. The memory is the most that the process ever had, and what it took
// for each item beyond what it had before the run. The process is the database, too, and holds pages of it; its heaps
// may grow to what the platform allows and no further, else they would tell when they are swept, not what they hold.
//
// What is read is timed at 1,000 and at 100,000 outcomes, the median of nine each, and again after all that failed was
// opened for another try; the rows are written into the database's file while nothing serves it.

import { readFile, readdir } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { fileOf } from '../live/database.mjs';
import { grow, seedOf } from '../live/grown.mjs';
import { eventually, startWorld } from '../live/world.mjs';
import { hold } from './bar.mjs';

const SIZES = [1_000, 3_000, 10_000];
/** What the system counts the time of a process in. */
const TICK_MS = 10;
const READ_SIZES = [1_000, 100_000];
const TRIES = 9;
/** What a page may wait for, in milliseconds. */
const READ_MS = 50;
/** By how much an item of the largest run may take more than one of the smallest: 1 is linear. */
const GROWTH = 1.2;

process.env.MINIFLARE_WORKERD_V8_FLAGS ??= '--max-heap-size=128';

const chosen = process.argv.slice(2);
const wants = (part) => chosen.length === 0 || chosen.includes(part);

const world = await startWorld();
try {
  if (wants('runs')) await runs();
  if (wants('reads')) await reads();
} catch (error) {
  console.error(world.output());
  throw error;
} finally {
  await world.close();
}

async function runs() {
  const widths = [8, 9, 9, 12, 8, 11, 11, 9, 7];
  print(['items', 'wall ms', 'CPU ms', 'ms an item', 'growth', 'before MB', 'most MB', 'kB each', 'calls'], widths);
  const rows = [];
  for (const items of SIZES) {
    const set = await setOf(items);
    await world.stop();
    await world.start();
    world.provider.reset();
    const before = await runtime();
    const began = performance.now();
    const run = await start(set);
    await eventually(async () => (await world.ask('GET', `/api/runs/${run.id}`)).status === 'done', { within_ms: 1_200_000, every_ms: 2_000 });
    const wall = performance.now() - began;
    const after = await runtime();
    const { counts } = await world.ask('GET', `/api/runs/${run.id}`);
    const each = (after.cpu_ms - before.cpu_ms) / items;
    const row = { items, each, grown: (after.most - before.most) / items, scored: counts.passed + counts.failed };
    rows.push(row);
    const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
    print([items, wall.toFixed(0), after.cpu_ms - before.cpu_ms, row.each.toFixed(2), (row.each / rows[0].each).toFixed(2), megabytes(before.most), megabytes(after.most), ((after.most - before.most) / 1e3 / items).toFixed(1), world.provider.hits.length], widths);
  }
  hold('work for an item of the largest run by that of the smallest', rows.at(-1).each / rows[0].each, { most: GROWTH });
  hold('memory for an item of the largest run by that of the smallest', rows.at(-1).grown / rows[0].grown, { most: GROWTH });
  hold('items scored of all', Math.min(...rows.map(({ scored, items }) => scored / items)), { least: 1 });
}

async function reads() {
  const { run, item } = await seedOf(world);
  const paths = { run: '', results: '/results', 'by delta': '/results?order=delta', failed: '/results?verdict=fail', scores: '/scores' };
  console.log(`   items ${Object.keys(paths).map((name) => `${name} ms`.padStart(12)).join('')}`);
  const measure = async (items) => {
    const times = [];
    for (const path of Object.values(paths)) times.push(await median(`/api/runs/${run}${path}`));
    print([items, ...times.map((time) => time.toFixed(1))], [8, ...times.map(() => 12)]);
    return Math.max(...times.slice(0, -1));
  };
  let slowest = 0;
  for (const items of READ_SIZES) {
    await world.stop();
    grow(await fileOf(world.state), run, item, items);
    await world.start();
    slowest = await measure(items);
  }
  await world.stop();
  tryAgain(await fileOf(world.state), run);
  await world.start();
  slowest = Math.max(slowest, await measure('again'));
  hold(`the slowest of a run and its first pages at ${READ_SIZES.at(-1)} outcomes, ms`, slowest, { most: READ_MS });
}

/** Opens every item of a run for another try, whatever became of it. */
function tryAgain(file, run) {
  const database = new DatabaseSync(file);
  database.exec(`UPDATE run_item SET attempt = attempt + 1, shard = NULL WHERE run_id = '${run}'`);
  database.close();
}

async function median(path) {
  const times = [];
  for (let n = 0; n <= TRIES; n += 1) {
    const began = performance.now();
    await world.ask('GET', path);
    times.push(performance.now() - began);
  }
  // The first warms up.
  return times.slice(1).toSorted((a, b) => a - b)[Math.floor(TRIES / 2)];
}

async function setOf(items) {
  const set = await world.ask('POST', '/api/sets', { name: `scale ${items}`, criteria: [{ name: 'Right', question: 'Is it right?' }] });
  for (let first = 0; first < items; first += 5_000) {
    const each = Array.from({ length: Math.min(5_000, items - first) }, (_, n) => ({ request: `Question ${first + n}`, reference: `Answer ${first + n}` }));
    await world.ask('POST', `/api/sets/${set.id}/items`, { items: each });
  }
  return set;
}

function start(set) {
  return world.ask('POST', '/api/runs', {
    set_id: set.id,
    target: { provider: 'scripted', model: 'scripted' },
    judge: { provider: 'scripted', model: 'judge' },
    concurrency: 24,
    fresh: true,
  });
}

/** The time that the runtime's process has taken and the most memory that it had: the largest among those that this one started. */
async function runtime() {
  const stats = new Map();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // The name of a process may hold anything, so what comes after it is read.
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    stats.set(Number(name), stat.slice(stat.lastIndexOf(')') + 2).split(' '));
  }
  const isOurs = (pid) => pid === process.pid || (stats.has(pid) && isOurs(Number(stats.get(pid)[1])));
  const found = [];
  for (const [pid, stat] of stats) {
    const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (!command.startsWith('workerd') || !isOurs(pid)) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const most = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
    found.push({ most, cpu_ms: (Number(stat[11]) + Number(stat[12])) * TICK_MS });
  }
  return found.toSorted((a, b) => b.most - a.most)[0];
}

function print(cells, widths) {
  console.log(cells.map((cell, place) => String(cell).padStart(widths[place])).join(''));
}
