// How a deployment grows: a run of 10,000 items beside one of 1,000, and a run with 100,000 outcomes that is read.
//
//   node tests/bench/scale.mjs [parts]      parts: any of `runs`, `reads`; all when left out
//
// Time and memory are given as growth for each item: 1.00 is linear. What is read is timed at 1,000 and at 100,000
// outcomes, the median of nine each; the rows are written into the database's file while nothing serves it. The
// memory is the most that the runtime's process had at any look.

import { readFile, readdir } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { fileOf } from '../live/database.mjs';
import { eventually, startWorld } from '../live/world.mjs';

const SIZES = [1_000, 10_000];
const READ_SIZES = [1_000, 100_000];
const TRIES = 9;
/** What a page may wait for, in milliseconds. */
const READ_MS = 50;

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
  console.log('   items  wall ms  ms an item  growth  memory MB  growth  calls');
  const rows = [];
  for (const items of SIZES) {
    const set = await setOf(items);
    world.provider.reset();
    const before = await memory();
    const began = performance.now();
    const run = await start(set);
    let most = before;
    await eventually(async () => {
      most = Math.max(most, await memory());
      return (await world.ask('GET', `/api/runs/${run.id}`)).status === 'done';
    }, { within_ms: 1_200_000, every_ms: 500 });
    const row = { items, wall: performance.now() - began, memory: most, calls: world.provider.hits.length };
    rows.push(row);
    const growth = (of) => ((of(row) / of(rows[0])) / (items / SIZES[0])).toFixed(2);
    const cells = [items, row.wall.toFixed(0), (row.wall / items).toFixed(2), growth((one) => one.wall), (most / 1e6).toFixed(0), (most / rows[0].memory).toFixed(2), row.calls];
    print(cells, [8, 9, 12, 8, 11, 8, 7]);
  }
}

async function reads() {
  const set = await setOf(1);
  const [first] = (await world.ask('GET', `/api/sets/${set.id}/items`)).data;
  const run = await start(set);
  await eventually(async () => (await world.ask('GET', `/api/runs/${run.id}`)).status === 'done', { within_ms: 60_000 });
  const paths = { run: '', results: '/results', 'by delta': '/results?order=delta', failed: '/results?verdict=fail', scores: '/scores' };
  console.log(`   items ${Object.keys(paths).map((name) => `${name} ms`.padStart(12)).join('')}`);
  for (const items of READ_SIZES) {
    await world.stop();
    grow(await fileOf(world.state), run.id, first.id, items);
    await world.start();
    const times = [];
    for (const path of Object.values(paths)) times.push(await median(`/api/runs/${run.id}${path}`));
    print([items, ...times.map((time) => time.toFixed(1))], [8, ...times.map(() => 12)]);
    const [one, page] = times;
    if (items === READ_SIZES.at(-1)) console.log(`at ${items} outcomes a run and its first page take ${(Math.max(one, page) / READ_MS).toFixed(2)} of the ${READ_MS} ms that they may`);
  }
}

/** Copies a run's only item, with what became of it, until there are so many. */
function grow(file, run, item, items) {
  const database = new DatabaseSync(file);
  const columns = (table, without) => database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all().map((row) => row.name).filter((name) => !without.includes(name));
  // The same letters and another number: an id like the others.
  const id = `'${item.slice(0, -12)}' || printf('%012x', n)`;
  const numbers = `WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${items - 1})`;
  const copy = (table, own, where) => {
    const names = columns(table, [...Object.keys(own), 'seq']);
    const given = [...Object.keys(own), ...names].join(', ');
    database.exec(`INSERT OR IGNORE INTO ${table} (${given}) ${numbers} SELECT ${[...Object.values(own), ...names].join(', ')} FROM ${table}, number WHERE ${where}`);
  };
  const score = 'CASE WHEN n % 7 = 0 THEN NULL ELSE n % 6 / 5.0 END';
  const verdict = "CASE WHEN n % 7 = 0 THEN 'unscored' WHEN n % 6 >= 4 THEN 'pass' ELSE 'fail' END";
  database.exec('BEGIN');
  copy('set_item', { id }, `set_item.id = '${item}'`);
  copy('run_item', { item_id: id, position: 'n' }, `run_item.run_id = '${run}' AND run_item.item_id = '${item}'`);
  copy('outcome', { item_id: id, score, verdict }, `outcome.run_id = '${run}' AND outcome.item_id = '${item}'`);
  database.exec(`UPDATE run SET total = ${items} WHERE id = '${run}'`);
  database.exec('COMMIT');
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

/** The bytes that the runtime's process has in memory: the largest among the processes that this one started. */
async function memory() {
  const parents = new Map();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    parents.set(Number(name), Number(/\) \S (\d+)/.exec(stat)?.[1]));
  }
  const isOurs = (pid) => pid === process.pid || (parents.has(pid) && isOurs(parents.get(pid)));
  let most = 0;
  for (const pid of parents.keys()) {
    const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (!command.startsWith('workerd') || !isOurs(pid)) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    most = Math.max(most, Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
  }
  return most;
}

function print(cells, widths) {
  console.log(cells.map((cell, place) => String(cell).padStart(widths[place])).join(''));
}
