// The official clients, unchanged but for the address: whatever they do, the gateway passes and logs.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { eventually, startWorld } from './world.mjs';

const ASKED = [{ role: 'user', content: 'What is the weather in Oslo?' }];
const WEATHER = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
const CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } };

let world;
let openai;
let anthropic;

before(async () => {
  world = await startWorld();
  for (const [name, protocol] of [['openai', 'openai'], ['anthropic', 'anthropic']]) {
    await world.ask('POST', '/api/providers', { name, protocol, base_url: world.provider.base_url, api_key: `sk-${name}-0001` });
  }
  const apiKey = await world.key('ingest');
  openai = new OpenAI({ apiKey, baseURL: `${world.url}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey, authToken: null, baseURL: world.url, maxRetries: 0 });
});
after(() => world?.close());
beforeEach(() => world.provider.reset());

/** The log of an answer, once it is written. */
function logOf(response) {
  const id = response.headers.get('x-assay-log-id');
  return eventually(async () => {
    const { status, body } = await world.api('GET', `/api/logs/${id}`);
    return status === 200 && body;
  });
}

test('OpenAI: a chat, and its stream', async () => {
  const { data, response } = await openai.chat.completions.create({ model: 'scripted', messages: ASKED }).withResponse();
  const log = await logOf(response);
  assert.equal(log.output.text, data.choices[0].message.content);

  const stream = openai.chat.completions.stream({ model: 'scripted', messages: ASKED });
  const events = [];
  for await (const chunk of stream) events.push(chunk.choices[0]?.delta?.content ?? '');
  assert.equal(events.join(''), data.choices[0].message.content);
  assert.equal((await stream.finalChatCompletion()).choices[0].finish_reason, 'stop');
});

test('OpenAI: tools, whole and streamed', async () => {
  world.provider.script(() => ({ tool_calls: [CALL] }));
  const tools = [{ type: 'function', function: { name: 'weather', parameters: WEATHER } }];
  const { data, response } = await openai.chat.completions.create({ model: 'scripted', messages: ASKED, tools }).withResponse();
  assert.deepEqual(data.choices[0].message.tool_calls, [CALL]);
  assert.deepEqual((await logOf(response)).output.tool_calls, [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }]);
  const streamed = await openai.chat.completions.stream({ model: 'scripted', messages: ASKED, tools }).finalChatCompletion();
  assert.equal(streamed.choices[0].message.tool_calls[0].function.arguments, CALL.function.arguments);
});

test('OpenAI: structured output', async () => {
  const format = { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: { type: 'object', properties: { answer: { type: 'string' } } } } };
  const completion = await openai.chat.completions.parse({ model: 'scripted', messages: ASKED, response_format: format });
  assert.equal(typeof JSON.parse(completion.choices[0].message.content).answer, 'string');
  assert.deepEqual(world.provider.hits[0].body.response_format, format);
});

test('OpenAI: embeddings, in base64 as the client asks for them', async () => {
  const { data, response } = await openai.embeddings.create({ model: 'scripted', input: 'weather' }).withResponse();
  assert.equal(world.provider.hits[0].body.encoding_format, 'base64');
  assert.equal(data.data[0].embedding.length, 8);
  assert.equal((await logOf(response)).outcome, 'success');
});

test('OpenAI: a completion of old', async () => {
  const completion = await openai.completions.create({ model: 'scripted', prompt: 'Once' });
  const pieces = [];
  for await (const chunk of await openai.completions.create({ model: 'scripted', prompt: 'Once', stream: true })) pieces.push(chunk.choices[0].text);
  assert.equal(pieces.join(''), completion.choices[0].text);
});

test('OpenAI: a response, its stream, and a call of a tool', async () => {
  const { data, response } = await openai.responses.create({ model: 'scripted', input: 'What is the weather in Oslo?' }).withResponse();
  assert.equal((await logOf(response)).output.text, data.output_text);
  const stream = openai.responses.stream({ model: 'scripted', input: 'What is the weather in Oslo?' });
  const types = [];
  for await (const event of stream) types.push(event.type);
  assert.deepEqual([types[0], types.at(-1)], ['response.created', 'response.completed']);
  assert.equal((await stream.finalResponse()).output_text, data.output_text);

  world.provider.script(() => ({ tool_calls: [CALL] }));
  const tools = [{ type: 'function', name: 'weather', parameters: WEATHER, strict: true }];
  const called = await openai.responses.create({ model: 'scripted', input: 'Weather?', tools });
  assert.equal(called.output.find((item) => item.type === 'function_call').arguments, CALL.function.arguments);
});

test('OpenAI: errors of the provider and of the gateway are those that the client knows', async () => {
  const ask = (model, client = openai) => client.chat.completions.create({ model, messages: ASKED });
  await assert.rejects(ask('scripted@429'), (error) => error instanceof OpenAI.RateLimitError && error.status === 429);
  await assert.rejects(ask('scripted@400'), (error) => error instanceof OpenAI.BadRequestError && error.code === 'unsupported_parameter');
  const stranger = new OpenAI({ apiKey: 'asy_unknown', baseURL: `${world.url}/v1`, maxRetries: 0 });
  await assert.rejects(ask('scripted', stranger), (error) => error instanceof OpenAI.AuthenticationError && error.code === 'invalid_api_key');
});

test('Anthropic: a message, and its stream', async () => {
  const { data, response } = await anthropic.messages.create({ model: 'scripted', max_tokens: 100, messages: ASKED }).withResponse();
  assert.equal(world.provider.hits[0].headers['x-api-key'], 'sk-anthropic-0001');
  const log = await logOf(response);
  assert.deepEqual([log.provider, log.output.text], ['anthropic', data.content[0].text]);

  const stream = anthropic.messages.stream({ model: 'scripted', max_tokens: 100, messages: ASKED });
  const pieces = [];
  stream.on('text', (text) => pieces.push(text));
  const message = await stream.finalMessage();
  assert.equal(pieces.join(''), data.content[0].text);
  assert.ok(pieces.length > 2);
  assert.deepEqual([message.stop_reason, message.usage.output_tokens], ['end_turn', data.usage.output_tokens]);
});

test('Anthropic: a tool', async () => {
  world.provider.script(() => ({ tool_calls: [CALL] }));
  const tools = [{ name: 'weather', input_schema: WEATHER }];
  const message = await anthropic.messages.stream({ model: 'scripted', max_tokens: 100, messages: ASKED, tools }).finalMessage();
  assert.deepEqual([message.stop_reason, message.content[0].input], ['tool_use', { city: 'Oslo' }]);
});

test('Anthropic: errors of the provider and of the gateway are those that the client knows', async () => {
  const ask = (model, client = anthropic) => client.messages.create({ model, max_tokens: 100, messages: ASKED });
  await assert.rejects(ask('scripted@429'), (error) => error instanceof Anthropic.RateLimitError);
  const stranger = new Anthropic({ apiKey: 'asy_unknown', authToken: null, baseURL: world.url, maxRetries: 0 });
  await assert.rejects(ask('scripted', stranger), (error) => error instanceof Anthropic.AuthenticationError && error.error.error.type === 'authentication_error');
});

test('Anthropic: the list of models', async () => {
  const models = [];
  for await (const model of anthropic.models.list()) models.push(model.id);
  assert.ok(models.includes('demo/echo'), models.join(' '));
});

test('both clients: a model by its name, tokens before they are spent, a call that is marked as beta', async () => {
  assert.equal((await openai.models.retrieve('demo/echo')).id, 'demo/echo');
  assert.equal((await anthropic.models.retrieve('demo/echo')).id, 'demo/echo');
  await assert.rejects(openai.models.retrieve('demo/nothing'), OpenAI.NotFoundError);
  const { input_tokens } = await anthropic.messages.countTokens({ model: 'scripted', messages: ASKED });
  assert.ok(input_tokens > 0);
  await anthropic.messages.create({ model: 'scripted', max_tokens: 9, messages: ASKED }, { query: { beta: 'true' } });
  const [counted, marked] = world.provider.hits;
  assert.deepEqual([counted.path, marked.path, marked.query], ['/v1/messages/count_tokens', '/v1/messages', 'beta=true']);
});

test('both clients: the simulated provider in their own words', async () => {
  const [{ content }] = ASKED;
  assert.equal((await anthropic.messages.create({ model: 'demo/echo', max_tokens: 9, messages: ASKED })).content[0].text, content);
  const message = await anthropic.messages.stream({ model: 'demo/echo', max_tokens: 9, messages: ASKED }).finalMessage();
  assert.deepEqual([message.content[0].text, message.stop_reason, message.usage.output_tokens > 0], [content, 'end_turn', true]);
  assert.equal((await openai.responses.create({ model: 'demo/echo', input: content })).output_text, content);
  assert.equal((await openai.responses.stream({ model: 'demo/echo', input: content }).finalResponse()).output_text, content);
  assert.equal((await openai.completions.create({ model: 'demo/echo', prompt: content })).choices[0].text, content);
  const { data } = await openai.embeddings.create({ model: 'demo/embed', input: ['Where is it?', 'Where is it?'] });
  assert.equal(data[0].embedding.length, 64);
  assert.deepEqual(data[0].embedding, data[1].embedding);
  assert.equal(world.provider.hits.length, 0);
});
