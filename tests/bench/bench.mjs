// How fast a run is against a scripted provider, as a ratio to the ideal: machines are noisy, ratios less so.
//
// The ideal is what the calls alone would take: calls × latency / concurrency. Each line is the median of three
// fresh runs of 100 items with one target call and one judge call each, and six calls for the canaries.

import { eventually, startWorld } from '../live/world.mjs';

const ITEMS = 100;
const CANARY_CALLS = 6;
const RUNS = 3;
const SETTINGS = [50, 100, 500].flatMap((latency_ms) => [8, 24].map((concurrency) => ({ latency_ms, concurrency })));

const world = await startWorld();
try {
  const set = await world.ask('POST', '/api/sets', { name: 'bench', criteria: [{ name: 'Right', question: 'Is it right?' }] });
  const items = Array.from({ length: ITEMS }, (_, n) => ({ request: `Question ${n}`, reference: `Answer ${n}` }));
  await world.ask('POST', `/api/sets/${set.id}/items`, { items });
  console.log('latency  concurrency  ideal ms  wall ms  efficiency  most in flight  repeated');
  for (const { latency_ms, concurrency } of SETTINGS) {
    world.provider.configure({ latency_ms });
    const ideal = ((ITEMS * 2 + CANARY_CALLS) * latency_ms) / concurrency;
    const measured = [];
    for (let n = 0; n < RUNS; n += 1) measured.push(await once(set, concurrency));
    const wall = measured.map((run) => run.wall).toSorted((a, b) => a - b)[Math.floor(RUNS / 2)];
    const most = Math.max(...measured.map((run) => run.most));
    const repeated = measured.reduce((sum, run) => sum + run.repeated, 0);
    const cells = [latency_ms, concurrency, ideal.toFixed(0), wall.toFixed(0), (ideal / wall).toFixed(2), most, repeated];
    const widths = [7, 13, 10, 9, 12, 16, 10];
    console.log(cells.map((cell, place) => String(cell).padStart(widths[place])).join(''));
  }
} finally {
  await world.close();
}

async function once(set, concurrency) {
  world.provider.reset();
  const began = performance.now();
  const run = await world.ask('POST', '/api/runs', {
    set_id: set.id,
    target: { provider: 'scripted', model: 'scripted' },
    judge: { provider: 'scripted', model: 'judge' },
    baseline: false,
    fresh: true,
    concurrency,
  });
  const status = async () => (await world.ask('GET', `/api/runs/${run.id}`)).status;
  await eventually(async () => (await status()) === 'done', { within_ms: 120_000, every_ms: 20 });
  return { wall: performance.now() - began, most: world.provider.maxInFlight, repeated: world.provider.repeatedQuestions().length };
}
