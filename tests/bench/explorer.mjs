// How the log explorer answers over many logs: lists, facets, counts and full text.
//
//   node tests/bench/explorer.mjs [logs]      logs: 1000000
//
// The rows are written into the database's file while nothing serves it. Their features, models and words are as uneven
// as real ones are: few make up most of them. Each time is the median of some tries over HTTP, beside the same with a
// hundredth of the logs: what an index finds takes as long, whatever there is beside it.

import { DatabaseSync } from 'node:sqlite';
import { existsSync } from 'node:fs';
import { fileOf } from '../live/database.mjs';
import { startWorld } from '../live/world.mjs';
import { hold } from './bar.mjs';

const LOGS = Number(process.argv[2] ?? 1_000_000);
const TRIES = 5;
const LARGEST_PAGE = 200;
/** What any of them may take, in milliseconds. */
const MOST_MS = 1_000;
/** How many times as long a page far back may take as the one after the first. */
const FAR = 2;

const IN_MEMORY = '/dev/shm';
if (!process.env.TMPDIR && existsSync(IN_MEMORY)) process.env.TMPDIR = IN_MEMORY;

const DAY = 86_400_000;
const LAST = Date.UTC(2026, 10, 1);
const FEATURES = Array.from({ length: 40 }, (_, n) => `feature-${n}`);
const MODELS = Array.from({ length: 12 }, (_, n) => `model-${n}`);
const OUTCOMES = [...Array(8).fill('success'), 'provider_error', 'timeout'];
const WORDS = Array.from({ length: 20_000 }, (_, n) => `word${n.toString(36)}`);

const PATHS = {
  'first page': '/api/logs',
  'next page': '/api/logs?cursor=',
  'page 1,000': '/api/logs?cursor=',
  'a feature': '/api/logs?feature=feature-1',
  'a rare feature': '/api/logs?feature=feature-39',
  'feature, model': '/api/logs?feature=feature-2&model=model-3&outcome=timeout',
  'slow ones': '/api/logs?min_latency_ms=29900',
  'dear ones': '/api/logs?min_cost_usd=0.0099',
  'a tag': '/api/logs?tag.plan=pro',
  'a rare tag': '/api/logs?tag.plan=rare',
  'a status': '/api/logs?status=500',
  'a day': `/api/logs?from=${new Date(LAST - 10 * DAY).toISOString()}&to=${new Date(LAST - 9 * DAY).toISOString()}`,
  'a common word': `/api/logs?q=${WORDS[0]}`,
  'a rare word': `/api/logs?q=${WORDS[15_000]}`,
  'word, feature': `/api/logs?q=${WORDS[3]}&feature=feature-5`,
  'two words': `/api/logs?q=${WORDS[1]}%20${WORDS[2]}`,
  'count of all': '/api/logs/count',
  'count, feature': '/api/logs/count?feature=feature-1',
  'count, word': `/api/logs/count?q=${WORDS[0]}`,
  'count, status': '/api/logs/count?status=500',
  'count, slow': '/api/logs/count?min_latency_ms=29900',
  'count, dear': '/api/logs/count?min_cost_usd=0.0099',
  'count, tag': '/api/logs/count?tag.plan=pro',
  'facets of all': '/api/logs/facets',
  'facets, feature': '/api/logs/facets?feature=feature-1',
  'facets, word': `/api/logs/facets?q=${WORDS[3]}`,
  'count, rare tag': '/api/logs/count?tag.plan=rare',
  'facets, tag': '/api/logs/facets?tag.plan=pro',
  'facets, rare tag': '/api/logs/facets?tag.plan=rare',
  slowest: '/api/logs?order=slowest',
  'slowest, next page': '/api/logs?order=slowest',
  cheapest: '/api/logs?order=cheapest',
  'most tokens': '/api/logs?order=most_tokens',
  'slowest, feature': '/api/logs?order=slowest&feature=feature-1',
  'slowest, rare feature': '/api/logs?order=slowest&feature=feature-39',
  'slowest, few': '/api/logs?order=slowest&feature=feature-few',
  'slowest, few, next': '/api/logs?order=slowest&feature=feature-few',
  'slowest, two features': '/api/logs?order=slowest&feature=feature-few&feature=feature-39',
  'slowest, outcome': '/api/logs?order=slowest&outcome=timeout',
  'slowest, status': '/api/logs?order=slowest&status=429',
  'slowest, tag': '/api/logs?order=slowest&tag.plan=pro',
  'slowest, rare tag': '/api/logs?order=slowest&tag.plan=rare',
  'slowest, rare, next': '/api/logs?order=slowest&tag.plan=rare',
  'slowest, no such tag': '/api/logs?order=slowest&tag.plan=none',
  'slowest, common word': `/api/logs?order=slowest&q=${WORDS[0]}`,
  'slowest, rare word': `/api/logs?order=slowest&q=${WORDS[15_000]}`,
  'fastest, timeouts': '/api/logs?order=fastest&outcome=timeout',
  'fastest, few': '/api/logs?order=fastest&feature=feature-few',
  'dearest, rare tag': '/api/logs?order=dearest&tag.plan=rare',
  'tokens, rare tag': '/api/logs?order=most_tokens&tag.plan=rare',
  'oldest, few': '/api/logs?order=oldest&feature=feature-few',
  'dearest, slow ones': '/api/logs?order=dearest&min_latency_ms=29990',
};
/** Of these lists, the page after the first is measured. */
const NEXT = new Set(['slowest, next page', 'slowest, few, next', 'slowest, rare, next']);

const world = await startWorld();
try {
  const times = [];
  let written = 0;
  for (const logs of [LOGS / 100, LOGS]) {
    await world.stop();
    fill(await fileOf(world.state), written, logs);
    written = logs;
    await world.start();
    times.push(await measure(logs));
  }
  const columns = [24, 14, 14, 8];
  print(['', ...[LOGS / 100, LOGS].map((logs) => `${logs} ms`), 'times'], columns);
  for (const name of Object.keys(PATHS)) {
    const [few, many] = times.map((measured) => measured[name]);
    print([name, few.toFixed(1), many.toFixed(1), (many / few).toFixed(1)], columns);
  }
  const slowest = Math.max(...Object.values(times[1]));
  hold('the slowest, ms', slowest, { most: MOST_MS });
  hold('page 1,000 by the one after the first', times[1]['page 1,000'] / times[1]['next page'], { most: FAR });
} finally {
  await world.close();
}

async function measure(logs) {
  const pages = { 'next page': 1, 'page 1,000': Math.min(1_000, Math.floor(logs / 50) - 1) };
  const measured = {};
  for (const [name, path] of Object.entries(PATHS)) {
    const cursor = NEXT.has(name) ? `&cursor=${(await world.ask('GET', path)).next_cursor ?? ''}` : '';
    measured[name] = await median(name in pages ? path + await cursorAt(pages[name] * 50) : path + cursor);
  }
  return measured;
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

/** The cursor after so many of the newest logs: nobody makes one but the list, so it is walked to there. */
async function cursorAt(place) {
  let cursor = '';
  for (let left = place; left > 0; left -= LARGEST_PAGE) {
    cursor = (await world.ask('GET', `/api/logs?limit=${Math.min(left, LARGEST_PAGE)}&cursor=${cursor}`)).next_cursor;
  }
  return cursor;
}

function timeOf(n) {
  return LAST - 30 * DAY + n * Math.floor((30 * DAY) / LOGS);
}

function idOf(n) {
  const hex = timeOf(n).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** Numbers from 0 to 1, the same in every run. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function fill(file, from, to) {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN');
  const log = database.prepare(
    `INSERT INTO log (seq, id, created_at, feature, provider, model, status, outcome, streamed, complete, latency_ms, ttft_ms,
     input_tokens, output_tokens, cost_usd, user, session, tags, request_preview, response_preview)
     VALUES (?, ?, ?, ?, 'scripted', ?, ?, ?, 0, 1, ?, NULL, 900, 100, ?, ?, ?, ?, ?, ?)`,
  );
  const body = database.prepare('INSERT INTO log_body (log_id, request, response) VALUES (?, ?, ?)');
  const text = database.prepare('INSERT INTO log_text (rowid, text) VALUES (?, ?)');
  const next = numbers(from + 7);
  // The first of a list is the most frequent by far.
  const uneven = (list) => list[Math.floor(list.length * next() ** 3)];
  for (let n = from + 1; n <= to; n += 1) {
    const words = Array.from({ length: 12 }, () => uneven(WORDS)).join(' ');
    const outcome = OUTCOMES[Math.floor(next() * OUTCOMES.length)];
    const plan = next() < 0.0001 ? 'rare' : next() < 0.3 ? 'pro' : 'free';
    const id = idOf(n);
    const isOfFew = next() < 0.0001;
    const feature = isOfFew ? 'feature-few' : uneven(FEATURES);
    const status = isOfFew ? 429 : outcome === 'success' ? 200 : 500;
    // Nothing takes as long as what is waited for in vain.
    const latency = outcome === 'timeout' ? 30_000 + Math.floor(next() * 1_000) : Math.floor(next() * 30_000);
    log.run(
      n, id, timeOf(n), feature, uneven(MODELS), status, outcome, latency,
      next() / 100, `user-${Math.floor(next() * 5_000)}`, `session-${Math.floor(n / 4)}`, JSON.stringify({ plan }), words, words,
    );
    body.run(id, JSON.stringify({ model: 'm', messages: [{ role: 'user', content: words }] }), JSON.stringify({ choices: [{ message: { role: 'assistant', content: words } }] }));
    text.run(n, words);
  }
  database.exec('COMMIT');
  database.close();
}

function print(cells, widths) {
  console.log(cells.map((cell, place) => String(cell).padStart(widths[place])).join(''));
}
