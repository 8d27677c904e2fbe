// The words of each protocol that the scripted provider speaks: how it is asked, how it answers, whole and in events.
//
// A wire has `messages(body)`, the conversation as a list of `{role, content}`, null when there is none; `failure(body,
// streamed, status)`, an error in its words; it may have `complaint(body)`, which says what else of a call is
// refused, or nothing; and, but for chat completions, which the provider writes itself, `whole` and
// `events`, or `whole` alone where `is_silent`, which also gets `vectorOf`. A wire whose address says more than the body has that of a call, too: `model` and `stream`. Both get `{call, said, id, usage}`; `events` also `cut`, which cuts a text into pieces, and gives the texts of
// the `data` fields: those that begin with a type are sent as events of that name.

/** Finds the wire of a path, or null. */
export function wireOf(path) {
  const [, model, method] = /^\/v1beta\/models\/([^/:]+):(generateContent|streamGenerateContent)$/.exec(path) ?? [];
  if (model) return { ...gemini, model: decodeURIComponent(model), stream: method === 'streamGenerateContent' };
  return WIRES[path] ?? null;
}

const openaiFailure = (body) => body;
const json = (events) => events.map((event) => JSON.stringify(event));

const chat = { messages: (body) => body.messages, failure: openaiFailure };

/** What Anthropic refuses besides; of what it may call, only what those who ask here might do wrong. */
function complaintAboutMessages({ max_tokens, system, messages: turns, temperature, thinking }) {
  if (!Number.isInteger(max_tokens) || max_tokens < 1) return 'max_tokens: Field required';
  if (thinking && thinking.type !== 'disabled' && temperature !== undefined && temperature !== 1) return '`temperature` may only be set to 1 when thinking is enabled';
  const called = new Set();
  for (const [index, { role, content }] of turns.entries()) {
    if (!['user', 'assistant'].includes(role)) return `messages.${index}: Unexpected role "${role}"`;
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    if (!Array.isArray(blocks) || blocks.length === 0) return `messages.${index}: all messages must have non-empty content`;
    for (const { type, text, id, tool_use_id } of blocks) {
      if (type === 'text' && !text?.trim()) return 'messages: text content blocks must contain non-whitespace text';
      if (type === 'tool_use' && (!/^[\w-]+$/.test(id) || called.size === called.add(id).size)) return 'messages: `tool_use` ids must be unique and of letters, digits, _ and -';
      if (type === 'tool_result' && !called.has(tool_use_id)) return `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${tool_use_id}`;
    }
  }
  return Array.isArray(system) && system.some(({ text }) => !text) ? 'system: text content blocks must be non-empty' : undefined;
}

const messages = {
  complaint: complaintAboutMessages,
  messages: (body) => Array.isArray(body.messages) && [...(body.system ? [{ role: 'system', content: body.system }] : []), ...body.messages],
  failure: ({ error }) => ({ type: 'error', error: { type: error.type, message: error.message } }),
  whole: ({ call, said, id, usage }) => ({
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: call.model,
    content: blocksOf(said),
    stop_reason: stopReason(said),
    stop_sequence: null,
    usage: inputOf(usage),
  }),
  events: ({ call, said, id, usage, cut }) => {
    const message = { ...messages.whole({ call, said, id, usage }), content: [], stop_reason: null, usage: { ...inputOf(usage), output_tokens: 1 } };
    const events = [{ type: 'message_start', message }];
    for (const [index, block] of blocksOf(said).entries()) {
      const is_text = block.type === 'text';
      const content_block = is_text ? { ...block, text: '' } : { ...block, input: {} };
      events.push({ type: 'content_block_start', index, content_block });
      if (index === 0) events.push({ type: 'ping' });
      const deltas = is_text
        ? cut(block.text).map((text) => ({ type: 'text_delta', text }))
        : ['', ...cut(JSON.stringify(block.input))].map((partial_json) => ({ type: 'input_json_delta', partial_json }));
      for (const delta of deltas) events.push({ type: 'content_block_delta', index, delta });
      events.push({ type: 'content_block_stop', index });
    }
    events.push({ type: 'message_delta', delta: { stop_reason: stopReason(said), stop_sequence: null }, usage: { output_tokens: usage.completion_tokens } });
    return json([...events, { type: 'message_stop' }]);
  },
};

function blocksOf({ message }) {
  const text = message.content ?? message.refusal;
  const calls = (message.tool_calls ?? []).map((call) => ({ type: 'tool_use', id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) }));
  return [...(text ? [{ type: 'text', text }] : []), ...calls];
}

function stopReason({ message, finish_reason }) {
  if (message.refusal) return 'refusal';
  return { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' }[finish_reason] ?? finish_reason;
}

/** Some of what goes in is said to come from a cache, as it often does. */
function inputOf({ prompt_tokens, completion_tokens }) {
  const cache_read_input_tokens = Math.floor(prompt_tokens / 2);
  return { input_tokens: prompt_tokens - cache_read_input_tokens, cache_creation_input_tokens: 0, cache_read_input_tokens, output_tokens: completion_tokens };
}

const responses = {
  messages: (body) => {
    const items = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input;
    return Array.isArray(items) && [...(body.instructions ? [{ role: 'system', content: body.instructions }] : []), ...items.filter((item) => item.role)];
  },
  failure: (body, streamed = false) => (streamed ? { type: 'error', sequence_number: 0, code: body.error.type, message: body.error.message, param: null } : body),
  whole: ({ call, said, id, usage }) => ({
    id: `resp_${id}`,
    object: 'response',
    created_at: call.created,
    status: said.finish_reason === 'length' ? 'incomplete' : 'completed',
    error: null,
    incomplete_details: said.finish_reason === 'length' ? { reason: 'max_output_tokens' } : null,
    instructions: call.body.instructions ?? null,
    metadata: {},
    model: call.model,
    output: itemsOf(said, id),
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: [],
    usage: {
      input_tokens: usage.prompt_tokens,
      input_tokens_details: { cached_tokens: Math.floor(usage.prompt_tokens / 2) },
      output_tokens: usage.completion_tokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: usage.total_tokens,
    },
  }),
  events: ({ call, said, id, usage, cut }) => {
    const whole = responses.whole({ call, said, id, usage });
    const begun = { ...whole, status: 'in_progress', incomplete_details: null, output: [], usage: null };
    const events = [{ type: 'response.created', response: begun }, { type: 'response.in_progress', response: begun }];
    for (const [output_index, item] of whole.output.entries()) {
      const at = { item_id: item.id, output_index };
      if (item.type === 'function_call') {
        events.push({ type: 'response.output_item.added', output_index, item: { ...item, status: 'in_progress', arguments: '' } });
        for (const delta of cut(item.arguments)) events.push({ type: 'response.function_call_arguments.delta', ...at, delta });
        events.push({ type: 'response.function_call_arguments.done', ...at, name: item.name, arguments: item.arguments });
      } else {
        const [part] = item.content;
        const [kind, text] = part.type === 'refusal' ? ['refusal', part.refusal] : ['output_text', part.text];
        const empty = part.type === 'refusal' ? { ...part, refusal: '' } : { ...part, text: '' };
        const more = kind === 'output_text' ? { logprobs: [] } : {};
        events.push({ type: 'response.output_item.added', output_index, item: { ...item, status: 'in_progress', content: [] } });
        events.push({ type: 'response.content_part.added', ...at, content_index: 0, part: empty });
        for (const delta of cut(text)) events.push({ type: `response.${kind}.delta`, ...at, content_index: 0, delta, ...more });
        events.push({ type: `response.${kind}.done`, ...at, content_index: 0, [kind === 'refusal' ? 'refusal' : 'text']: text, ...more });
        events.push({ type: 'response.content_part.done', ...at, content_index: 0, part });
      }
      events.push({ type: 'response.output_item.done', output_index, item });
    }
    events.push({ type: `response.${whole.status}`, response: whole });
    return json(events.map(({ type, ...event }, sequence_number) => ({ type, sequence_number, ...event })));
  },
};

function itemsOf({ message }, id) {
  const part = message.refusal ? { type: 'refusal', refusal: message.refusal } : { type: 'output_text', text: message.content ?? '', annotations: [], logprobs: [] };
  const text = message.content || message.refusal ? [{ id: `msg_${id}`, type: 'message', status: 'completed', role: 'assistant', content: [part] }] : [];
  const calls = (message.tool_calls ?? []).map((call, index) => ({
    id: `fc_${id}${index}`,
    type: 'function_call',
    status: 'completed',
    call_id: call.id,
    name: call.function.name,
    arguments: call.function.arguments,
  }));
  return [...text, ...calls];
}

const completions = {
  messages: (body) => body.prompt !== undefined && [{ role: 'user', content: [body.prompt].flat().join('\n') }],
  failure: openaiFailure,
  whole: ({ call, said, id, usage }) => ({
    ...headOf(call, id),
    choices: [{ index: 0, text: said.message.content ?? '', logprobs: null, finish_reason: said.finish_reason }],
    usage,
  }),
  events: ({ call, said, id, usage, cut }) => {
    const chunk = (text, finish_reason = null) => ({ ...headOf(call, id), choices: [{ index: 0, text, logprobs: null, finish_reason }] });
    const chunks = [...cut(said.message.content ?? '').map((text) => chunk(text)), chunk('', said.finish_reason)];
    if (call.body.stream_options?.include_usage) chunks.push({ ...headOf(call, id), choices: [], usage });
    return [...json(chunks), '[DONE]'];
  },
};

const headOf = (call, id) => ({ id: `cmpl-${id}`, object: 'text_completion', created: call.created, model: call.model });

const embeddings = {
  // Nothing is said, and so nothing streamed.
  is_silent: true,
  stream: false,
  messages: (body) => body.input !== undefined && [{ role: 'user', content: [body.input].flat().join('\n') }],
  failure: openaiFailure,
  whole: ({ call, said, vectorOf }) => {
    const { input, encoding_format } = call.body;
    const inputs = said.message.content === '' ? [] : [input].flat();
    const data = inputs.map((text, index) => {
      const vector = vectorOf(text);
      const embedding = encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
      return { object: 'embedding', index, embedding };
    });
    const tokens = Math.ceil(JSON.stringify(inputs).length / 4);
    return { object: 'list', model: call.model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } };
  },
};

const gemini = {
  messages: ({ systemInstruction, contents }) =>
    Array.isArray(contents) && [
      ...(systemInstruction ? [{ role: 'system', content: systemInstruction.parts }] : []),
      ...contents.map(({ role, parts }) => ({ role: role === 'model' ? 'assistant' : parts[0]?.functionResponse ? 'tool' : 'user', content: parts })),
    ],
  // How long to wait stands in the body, and in no header.
  waits_in_body: true,
  failure: ({ error }, _, status, wait_s) => {
    const [code, word] = STATUSES[status] ? [status, STATUSES[status]] : error.type === 'overloaded_error' ? [503, 'UNAVAILABLE'] : [500, 'INTERNAL'];
    const details = wait_s === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${wait_s}s` }];
    return { error: { code, message: error.message, status: word, details } };
  },
  whole: ({ call, said, id, usage }) => ({
    candidates: [{ content: { parts: partsOf(said), role: 'model' }, ...(said.finish_reason && { finishReason: reasonOf(said) }), index: 0 }],
    usageMetadata: tokensOf(usage),
    modelVersion: call.model,
    responseId: id,
  }),
  events: ({ call, said, id, usage, cut }) => {
    const chunk = (parts, more = {}) => ({ candidates: [{ content: { parts, role: 'model' }, ...more, index: 0 }], usageMetadata: { promptTokenCount: usage.prompt_tokens }, modelVersion: call.model, responseId: id });
    const parts = partsOf(said).flatMap((part) => (part.text === undefined ? [part] : cut(part.text).map((text) => ({ text }))));
    const last = chunk([{ text: '' }], { finishReason: reasonOf(said) });
    return json([...parts.map((part) => chunk([part])), { ...last, usageMetadata: tokensOf(usage) }]);
  },
};

const STATUSES = { 400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 404: 'NOT_FOUND', 429: 'RESOURCE_EXHAUSTED', 500: 'INTERNAL', 503: 'UNAVAILABLE' };

function partsOf({ message }) {
  const text = message.content ?? message.refusal;
  const calls = (message.tool_calls ?? []).map((call) => ({ functionCall: { name: call.function.name, args: JSON.parse(call.function.arguments) } }));
  return [...(text ? [{ text }] : []), ...calls];
}

const reasonOf = ({ message, finish_reason }) => (message.refusal ? 'SAFETY' : ({ length: 'MAX_TOKENS' }[finish_reason] ?? 'STOP'));

/** Thoughts are said to be as long as the answer, and half of what goes in to come from a cache. */
const tokensOf = ({ prompt_tokens, completion_tokens }) => ({
  promptTokenCount: prompt_tokens,
  cachedContentTokenCount: Math.floor(prompt_tokens / 2),
  candidatesTokenCount: completion_tokens,
  thoughtsTokenCount: completion_tokens,
  totalTokenCount: prompt_tokens + 2 * completion_tokens,
});

const WIRES = {
  '/v1/chat/completions': chat,
  // Where Gemini takes the words of OpenAI.
  '/v1beta/openai/chat/completions': chat,
  '/v1/messages': messages,
  '/v1/responses': responses,
  '/v1/completions': completions,
  '/v1/embeddings': embeddings,
};
