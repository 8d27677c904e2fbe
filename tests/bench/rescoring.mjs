// How long it takes to add a run of three criteria up again, natively and in Wasm, and how that grows with its items.
// The quickest of nine tries each: what the machine can do, without what else it does.

import { execFileSync } from 'node:child_process';

const SIZES = [1_000, 10_000, 100_000];
const TRIES = 9;

const [, , program, module] = process.argv;
const { Run, Saying } = await import(module);

function inWasm(items) {
  const run = new Run(items);
  const times = Array.from({ length: TRIES }, (_, n) => {
    const began = performance.now();
    if (run.add_up(0.5 + n / 20) === undefined) throw new Error('a run with items has a pass rate');
    return performance.now() - began;
  });
  run.free();
  return Math.min(...times);
}

const lines = execFileSync(program, SIZES.map(String), { encoding: 'utf8' }).trim().split('\n');
const native = lines.map((line) => Number(line.split(' ')[1]));
const wasm = SIZES.map(inWasm);

console.log('   items  native ms  ns an item  Wasm ms  ns an item  Wasm/native  growth native  growth Wasm');
SIZES.forEach((items, place) => {
  const each = (times) => ((times[place] * 1e6) / items).toFixed(0);
  // 1.00: ten times the items take ten times as long.
  const growth = (times) => (place === 0 ? '' : (times[place] / items / (times[0] / SIZES[0])).toFixed(2));
  const cells = [items, native[place].toFixed(2), each(native), wasm[place].toFixed(2), each(wasm), (wasm[place] / native[place]).toFixed(2), growth(native), growth(wasm)];
  const widths = [8, 11, 12, 9, 12, 13, 15, 13];
  console.log(cells.map((cell, column) => String(cell).padStart(widths[column])).join(''));
});

// What failures have in common is found among 2,000 items at most: up to 500 failures by linkage, more around centres.
console.log('\n   items  failures  topics  Wasm ms to find what failures have in common');
for (const [items, threshold] of [[1_200, 0.1], [2_000, 0.1], [2_000, 0.8]]) {
  const saying = new Saying(items, threshold);
  let topics = 0;
  const times = Array.from({ length: 3 }, () => {
    const began = performance.now();
    topics = saying.in_common();
    return performance.now() - began;
  });
  const cells = [items, saying.failures(), topics, Math.min(...times).toFixed(0)];
  saying.free();
  console.log(cells.map((cell, column) => String(cell).padStart([8, 10, 8, 9][column])).join(''));
}
