// Gemini as a target and a judge, live: asked in its own words, whole and streamed, with its faults; and what passes the
// gateway in OpenAI's words.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startWorld } from './world.mjs';

const KEY = 'AIza-stored-key-0001';
/** The tokens that a judge's verdict may take, and those that a model which cannot but think may take besides. */
const [VERDICT, THOUGHTS] = [700, 8192];

let world;
let set;

before(async () => {
  world = await startWorld({ env: { UPSTREAM_DEADLINE_MS: '3000', UPSTREAM_IDLE_MS: '1000' }, provider: { chunk_ms: 2 } });
  const base_url = `${world.provider.url}/v1beta`;
  const models = [{ id: 'scripted', input_usd_per_mtok: 1, output_usd_per_mtok: 2 }];
  for (const [name, stream] of [['whole', false], ['streaming', true]]) {
    await world.ask('POST', '/api/providers', { name, protocol: 'gemini', base_url, api_key: KEY, models, stream });
  }
  set = await world.ask('POST', '/api/sets', { name: 'Gemini', criteria: [{ name: 'Right', question: 'Is it right?' }] });
  const request = { model: 'gpt-4o', temperature: 0.5, messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Where is parcel 7? 東京' }] };
  await world.ask('POST', `/api/sets/${set.id}/items`, { items: [{ request, reference: 'Parcel 7 waits at depot 1.' }] });
});
after(() => world?.close());

/** Runs the set with this model, and gives the run, its one result and the calls to the target. */
async function run(provider, model) {
  const { id } = await world.ask('POST', '/api/runs', { set_id: set.id, target: { provider, model }, judge: { provider, model: 'judge' }, baseline: false, concurrency: 1, fresh: true });
  const done = await eventually(async () => {
    const now = await world.ask('GET', `/api/runs/${id}`);
    return ['done', 'paused'].includes(now.status) && now;
  }, { within_ms: 60_000, every_ms: 200 });
  const [row] = (await world.ask('GET', `/api/runs/${id}/results`)).data;
  const result = row && (await world.ask('GET', `/api/runs/${id}/results/${row.item_id}`));
  const method = provider === 'streaming' ? 'streamGenerateContent' : 'generateContent';
  const path = `/v1beta/models/${encodeURIComponent(model)}:${method}`;
  return { done, result, hits: world.provider.targetHits().filter((hit) => hit.path === path) };
}

for (const provider of ['whole', 'streaming']) {
  test(`${provider}: target and judge are asked in its own words, and their answers are read`, async () => {
    const { done, result, hits } = await run(provider, 'scripted');
    assert.deepEqual([done.status, done.counts.passed + done.counts.failed], ['done', 1]);
    assert.match(result.response.text, /^Scripted answer .*東京$/);
    assert.equal(result.response.finish_reason, 'stop');
    const [hit] = hits;
    assert.equal(hit.query, provider === 'streaming' ? 'alt=sse' : '');
    assert.deepEqual([hit.headers['x-goog-api-key'], hit.headers.authorization], [KEY, undefined]);
    assert.deepEqual(hit.body, {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [{ role: 'user', parts: [{ text: 'Where is parcel 7? 東京' }] }],
      generationConfig: { temperature: 0.5 },
    });
    assert.deepEqual(result.sent, { model: 'scripted', ...hit.body });
    const judges = world.provider.judgeHits();
    assert.ok(judges.length > 0 && judges.every(({ body }) => body.generationConfig.responseJsonSchema && body.generationConfig.maxOutputTokens === VERDICT + THOUGHTS));
    assert.ok(result.cost_usd > 0);
    world.provider.reset();
  });

  test(`${provider}: each fault is waited out, or is the error of its item`, async () => {
    const faults = {
      '429:1': ['scored', 2],
      '500:1': ['scored', 2],
      '200-error:1': ['scored', 2],
      400: ['error', 1],
      401: ['error', 1],
      'reset-mid:1': ['scored', 2],
      'trunc-sse:1': ['scored', 2],
      'error-mid:1': ['scored', 2],
      'bad-json:1': ['scored', 2],
      'bad-utf8:1': ['scored', 2],
      'split-utf8': ['scored', 1],
      crlf: ['scored', 1],
      'no-done:1': ['scored', provider === 'streaming' ? 2 : 1],
    };
    const seen = {};
    const expected = {};
    await Promise.all(Object.entries(faults).map(async ([fault, [verdict, calls]]) => {
      const { result, hits } = await run(provider, `scripted@${fault}`);
      seen[fault] = [['pass', 'fail'].includes(result.verdict) ? 'scored' : result.verdict, hits.length];
      expected[fault] = [verdict, calls];
      if (fault === '429:1') assert.ok(hits[1].time - hits[0].time >= 1_000, 'the wish in the body is kept');
      if (fault === '401') assert.match(result.error, /401.*\[key\]/);
      assert.ok(!JSON.stringify(result).includes(KEY), `${fault} tells the key`);
    }));
    assert.deepEqual(seen, expected);
  });
}

test('the gateway asks it in the words of the caller, at the place for them', async () => {
  world.provider.reset();
  const token = await world.key('ingest');
  const { status, body } = await world.api('POST', '/v1/chat/completions', { model: 'whole/scripted', messages: [{ role: 'user', content: 'Hi' }] }, { token });
  assert.equal(status, 200);
  assert.match(body.choices[0].message.content, /^Scripted answer/);
  const [hit] = world.provider.hits;
  assert.deepEqual([hit.path, hit.headers.authorization], ['/v1beta/openai/chat/completions', `Bearer ${KEY}`]);
});
