// Anthropic and Gemini as target and judge, live: each asked in its own words, whole and streamed, with its faults; and what
// passes the gateway to Gemini in OpenAI's words.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startWorld } from './world.mjs';

const KEY = 'AIza-stored-key-0001';
/** The tokens that a judge's verdict may take, and those that a model which cannot but think may take besides. */
const [VERDICT, THOUGHTS] = [700, 8192];
const SYSTEM = 'Be brief.';
const QUESTION = 'Where is parcel 7? 東京';

/** How each is asked. */
const FORMS = {
  gemini: {
    base: '/v1beta',
    key: 'x-goog-api-key',
    path: (model, streams) => `/v1beta/models/${encodeURIComponent(model)}:${streams ? 'streamGenerateContent' : 'generateContent'}`,
    query: (streams) => (streams ? 'alt=sse' : ''),
    asks: (hit) => ({ model: 'scripted', ...hit.body }),
    body: () => ({
      systemInstruction: { parts: [{ text: SYSTEM }] },
      contents: [{ role: 'user', parts: [{ text: QUESTION }] }],
      generationConfig: { temperature: 0.5 },
    }),
    judges: ({ body }) => body.generationConfig.responseJsonSchema && body.generationConfig.maxOutputTokens === VERDICT + THOUGHTS,
  },
  anthropic: {
    base: '',
    key: 'x-api-key',
    version: '2023-06-01',
    path: () => '/v1/messages',
    query: () => '',
    asks: ({ body: { stream: _, ...asked } }) => asked,
    body: (streams) => ({
      model: 'scripted',
      max_tokens: 8192,
      system: SYSTEM,
      messages: [{ role: 'user', content: QUESTION }],
      temperature: 0.5,
      ...(streams && { stream: true }),
    }),
    judges: ({ body }) => body.system.includes('JSON') && body.max_tokens === VERDICT,
  },
};

let world;
let set;

before(async () => {
  world = await startWorld({ env: { UPSTREAM_DEADLINE_MS: '3000', UPSTREAM_IDLE_MS: '1000' }, provider: { chunk_ms: 2 } });
  const models = [{ id: 'scripted', input_usd_per_mtok: 1, output_usd_per_mtok: 2 }];
  for (const [protocol, { base }] of Object.entries(FORMS)) {
    for (const [kind, stream] of [['whole', false], ['streaming', true]]) {
      await world.ask('POST', '/api/providers', { name: `${protocol}-${kind}`, protocol, base_url: `${world.provider.url}${base}`, api_key: KEY, models, stream });
    }
  }
  set = await world.ask('POST', '/api/sets', { name: 'Questions', criteria: [{ name: 'Right', question: 'Is it right?' }] });
  const request = { model: 'gpt-4o', temperature: 0.5, messages: [{ role: 'system', content: SYSTEM }, { role: 'user', content: QUESTION }] };
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
  return { done, result, hits: world.provider.targetHits().filter((hit) => hit.model === model) };
}

for (const [protocol, form] of Object.entries(FORMS)) {
  for (const streams of [false, true]) {
    const provider = `${protocol}-${streams ? 'streaming' : 'whole'}`;

    test(`${provider}: target and judge are asked in its own words, and their answers are read`, async () => {
      world.provider.reset();
      const { done, result, hits } = await run(provider, 'scripted');
      assert.deepEqual([done.status, done.counts.passed + done.counts.failed], ['done', 1]);
      assert.match(result.response.text, /^Scripted answer .*東京$/);
      assert.equal(result.response.finish_reason, 'stop');
      const [hit] = hits;
      assert.deepEqual([hit.path, hit.query], [form.path('scripted', streams), form.query(streams)]);
      assert.deepEqual([hit.headers[form.key], hit.headers.authorization, hit.headers['anthropic-version']], [KEY, undefined, form.version]);
      assert.deepEqual(hit.body, form.body(streams));
      assert.deepEqual(result.sent, form.asks(hit));
      const judges = world.provider.judgeHits();
      assert.ok(judges.length > 0 && judges.every(form.judges));
      assert.ok(result.cost_usd > 0);
    });

    test(`${provider}: each fault is waited out, or is the error of its item`, async () => {
      world.provider.reset();
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
        'no-done:1': ['scored', streams ? 2 : 1],
      };
      const seen = {};
      const expected = {};
      await Promise.all(Object.entries(faults).map(async ([fault, [verdict, calls]]) => {
        const { result, hits } = await run(provider, `scripted@${fault}`);
        seen[fault] = [['pass', 'fail'].includes(result.verdict) ? 'scored' : result.verdict, hits.length];
        expected[fault] = [verdict, calls];
        if (fault === '429:1') assert.ok(hits[1].time - hits[0].time >= 1_000, 'the wish is kept');
        if (fault === '401') assert.match(result.error, /401.*\[key\]/);
        assert.ok(!JSON.stringify(result).includes(KEY), `${fault} tells the key`);
      }));
      assert.deepEqual(seen, expected);
    });
  }
}

test('the gateway asks Gemini in the words of the caller, at the place for them', async () => {
  world.provider.reset();
  const token = await world.key('ingest');
  const { status, body } = await world.api('POST', '/v1/chat/completions', { model: 'gemini-whole/scripted', messages: [{ role: 'user', content: 'Hi' }] }, { token });
  assert.equal(status, 200);
  assert.match(body.choices[0].message.content, /^Scripted answer/);
  const [hit] = world.provider.hits;
  assert.deepEqual([hit.path, hit.headers.authorization], ['/v1beta/openai/chat/completions', `Bearer ${KEY}`]);
});
