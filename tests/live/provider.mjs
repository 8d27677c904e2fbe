// A scripted provider that speaks the protocols of OpenAI, Anthropic and Gemini over real HTTP.
//
// Holds: chat completions, messages, responses, completions and generateContent (whole and streamed; `wires.mjs` has their
// words), models, embeddings, counts of tokens; a target that answers from the last user
// message; a judge that grades without a model; every provider fault and every shape of judge reply that the
// suites need, chosen by a switch; a record of every call, so that a test can count, compare and time them.
//
// Leaves out: pairwise judging, TLS, and any way of control over HTTP. It is driven from the test's own process, through what `startProvider` returns.
//
// A switch is chosen, in this order, by the script function, by the model's name (`scripted@429`, or
// `scripted@429:2` for the first two calls with the same body), or by a rate. Faults work for every call, shapes
// only for judge calls. The texts of the shapes are the files of `tests/fixtures/judge_replies`, which the native
// suite reads too: each file there is a switch.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';
import { wireOf } from './wires.mjs';

const JUDGE_PROMPT = 'You grade one response against one criterion';
const REPLIES = new URL('../fixtures/judge_replies/', import.meta.url);
const MEGABYTE = 1024 * 1024;

const DEFAULTS = {
  host: '127.0.0.1',
  port: 0,
  /** Waiting time before the first byte of an answer, and the most that is added to it by chance. */
  latency_ms: 0,
  jitter_ms: 0,
  /** Pause between two chunks of a stream, and the characters in a chunk. */
  chunk_ms: 0,
  chunk_chars: 12,
  /** Cuts a stream into writes of so many bytes, wherever its frames end; null for a write for each frame. */
  cut_bytes: null,
  /** The time that answers say they were made at, in seconds; null for when they are. */
  created: null,
  /** Pause between two bytes of `slowloris`. */
  slow_ms: 1000,
  /** Size of `huge`, and of what `gzip-bomb` unpacks to. */
  huge_bytes: 200 * MEGABYTE,
  bomb_bytes: 256 * MEGABYTE,
  /** Drives jitter and rates. The draw depends on seed, body and attempt, never on the order of arrival. */
  seed: 1,
  /** Switch to probability: for all calls, for target calls, for judge calls. */
  rates: {},
  target_rates: {},
  judge_rates: {},
  /** The bearer token that is asked for, or null to take any. */
  key: null,
  models: ['scripted', 'scripted-2', 'judge'],
  /** `(call) => string`: what the target says. */
  answer: (call) => answerTo(call.last_user),
  /** `(call) => 0..5`: what the judge decides. */
  level: null,
};

/** Judge replies that are not a fixed text, beside the files of `judge_replies`. */
const COMPUTED_SHAPES = ['bad-then-good', 'obeys-injection', 'good-quote', ...[0, 1, 2, 3, 4, 5].map((n) => `fixed-${n}`)];

/** The faults by switch, those of the first 29 rows of the fault table among them; see `FAULTS` below. */
export function faults() {
  return Object.keys(FAULTS);
}

/** The shapes that a judge reply can take. */
export function shapes() {
  return [...Object.keys(fixedShapes()), ...COMPUTED_SHAPES];
}

/** What the target says to a message when nobody scripts it. */
export function answerTo(text) {
  return `Scripted answer ${digest(text).slice(0, 8)}. You asked: ${[...text].slice(0, 160).join('')}`;
}

/** A verdict as the judge's contract has it. */
export function verdict(level, { reasoning = 'Graded by a script.', evidence = [], instruction_in_data = false, cannot_judge = false } = {}) {
  return JSON.stringify({ evidence, reasoning, flags: { instruction_in_data, cannot_judge }, level });
}

/**
 * Starts a provider and resolves once it listens.
 *
 * The result has `url`, `base_url` (with `/v1`), `port`; `hits`, one record per call in order of arrival; `caught`,
 * the requests that followed a redirect; `in_flight` and `maxInFlight`; `duplicates`, `repeatedQuestions`,
 * `script`, `configure`, `reset` and `close`.
 */
export async function startProvider(options = {}) {
  const settings = { ...DEFAULTS };
  const state = { hits: [], caught: [], inFlight: 0, maxInFlight: 0, attempts: new Map(), said: new Set(), script: null, url: '' };
  const configure = (changes) => {
    for (const name of Object.keys(changes)) {
      if (!(name in DEFAULTS)) throw new Error(`the scripted provider has no option "${name}"`);
    }
    for (const rates of ['rates', 'target_rates', 'judge_rates']) {
      for (const name of Object.keys(changes[rates] ?? {})) checkSwitch(name);
    }
    Object.assign(settings, changes);
  };
  configure(options);

  const server = http.createServer((req, res) => {
    receive(req, res, settings, state).catch((error) => {
      if (res.destroyed) return;
      if (res.headersSent) return res.destroy();
      const reason = `the scripted provider failed: ${error.stack}`;
      sendJson(res, 599, failure(reason, 'scripted_provider', null));
    });
  });
  // A kept connection that closes while the client reuses it would look like a fault nobody asked for.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, resolve);
  });
  const { port } = server.address();
  state.url = `http://${settings.host}:${port}`;

  return {
    url: state.url,
    base_url: `${state.url}/v1`,
    port,
    hits: state.hits,
    caught: state.caught,
    get in_flight() {
      return state.inFlight;
    },
    get maxInFlight() {
      return state.maxInFlight;
    },
    judgeHits: () => state.hits.filter((hit) => hit.judge),
    targetHits: () => state.hits.filter((hit) => hit.chat && !hit.judge),
    /**
     * The bodies that came more than once, as `[{count, hits}]`. A retry after a fault repeats a body rightly:
     * pass `(hit) => hit.answered` to see only questions that had been answered before.
     */
    duplicates: (among = () => true) => repeated(state.hits.filter((hit) => hit.chat && among(hit)), (hit) => hit.body_hash),
    /** As `duplicates`, for judge calls and without regard to the nonce: same criterion, request, reference, candidate. */
    repeatedQuestions: (among = () => true) => repeated(state.hits.filter((hit) => hit.judge && among(hit)), (hit) => hit.question),
    /**
     * Sets the function that decides about each call, or clears it with null. It gets the call (`body`, `model`,
     * `last_user`, `attempt`, `judge`, `criterion`, `data`, `hit`), may be async (a call can be held back), and
     * returns nothing or any of `{use, content, level, tool_calls, finish_reason, status, headers, body,
     * latency_ms, chunk_ms}`; `use` is a switch, `null` for none, and a bare string is short for it.
     */
    script: (decide) => {
      state.script = decide;
    },
    configure,
    /** Forgets calls, attempts and the script. Options and what the target has said stay. */
    reset: () => {
      state.hits.length = 0;
      state.caught.length = 0;
      state.attempts.clear();
      state.maxInFlight = state.inFlight;
      state.script = null;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// Receiving

async function receive(req, res, settings, state) {
  const [path, query = ''] = req.url.split('?');
  state.inFlight += 1;
  state.maxInFlight = Math.max(state.maxInFlight, state.inFlight);
  const arrived = performance.now();
  const hit = {
    time: Date.now(),
    /** As `performance.now()` counts. */
    arrived,
    method: req.method,
    path,
    query,
    headers: req.headers,
    raw: '',
    body: null,
    body_hash: null,
    chat: false,
    judge: false,
    in_flight: state.inFlight,
    /** The switch that was used, or null. */
    used: null,
    /** Who was asked, and whether for a stream. */
    model: null,
    stream: false,
    /** Whether a whole and well-formed answer was sent. */
    answered: false,
    /** How much of `huge` has been taken. */
    taken_bytes: 0,
    /** Whether the other side left before the end, and after how long. */
    aborted: false,
    duration_ms: null,
  };
  const record = path.startsWith('/caught') ? state.caught : state.hits;
  record.push(hit);
  res.once('close', () => {
    state.inFlight -= 1;
    hit.aborted = !res.writableFinished && !hit.cut;
    hit.duration_ms = performance.now() - arrived;
    hit.answered &&= !hit.aborted;
  });
  res.on('error', () => {});

  const chunks = [];
  try {
    for await (const chunk of req) chunks.push(chunk);
  } catch {
    return;
  }
  hit.raw = Buffer.concat(chunks).toString('utf8');
  const { authorization, 'x-api-key': own, 'x-goog-api-key': google } = req.headers;
  if (settings.key && ![authorization?.replace(/^Bearer /, ''), own, google].includes(settings.key)) {
    return sendJson(res, 401, failure('Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key'));
  }

  const route = `${req.method} ${path}`;
  if (route === 'GET /v1/models') return sendModels(res, settings, hit);
  if (route === 'POST /v1/messages/count_tokens') return sendCount(res, hit);
  const wire = req.method === 'POST' ? wireOf(path) : null;
  if (!wire) {
    return sendJson(res, 404, failure(`Invalid URL (${route})`, 'invalid_request_error', null));
  }
  try {
    hit.body = JSON.parse(hit.raw);
  } catch {
    return sendJson(res, 400, wire.failure(failure('We could not parse the JSON body of your request.', 'invalid_request_error', null)));
  }
  const model = wire.model ?? hit.body?.model;
  hit.body_hash = digest(canonical(wire.model ? [model, hit.body] : hit.body));

  const messages = wire.messages(hit.body ?? {});
  const complaint = complaintAbout(model, messages) ?? wire.complaint?.(hit.body);
  if (complaint) return sendJson(res, 400, wire.failure(failure(complaint, 'invalid_request_error', null), false, 400));
  hit.chat = !wire.is_silent;
  hit.model = model;
  hit.stream = wire.stream ?? hit.body.stream === true;
  const call = read(hit, wire, messages, state);
  call.created = settings.created ?? Math.floor(hit.time / 1000);
  const plan = await decide(call, settings, state);
  if (plan.unknown) {
    return sendFailure({ res, call }, 404, failure(`The model \`${call.model}\` does not exist.`, 'invalid_request_error', 'model_not_found'));
  }
  await serve(call, plan, req, res, settings, state);
}

function complaintAbout(model, messages) {
  if (typeof model !== 'string' || model === '') return 'you must provide a model parameter';
  if (!Array.isArray(messages) || messages.length === 0) return "'messages' must be a list that is not empty";
  for (const [index, message] of messages.entries()) {
    if (!['system', 'developer', 'user', 'assistant', 'tool', 'function'].includes(message?.role)) return `'messages[${index}].role' is not one of the roles`;
  }
  return null;
}

/** Reads a call: who is asked what, and how often before. */
function read(hit, wire, messages, state) {
  const { body } = hit;
  const system = textOf(messages.find((message) => message.role === 'system' || message.role === 'developer'));
  const users = messages.filter((message) => message.role === 'user');
  const call = { hit, wire, messages, body, model: hit.model, last_user: textOf(users.at(-1)), judge: false, data: null, criterion: null };
  let subject = hit.body_hash;
  if (system.trimStart().startsWith(JUDGE_PROMPT)) {
    call.judge = hit.judge = true;
    call.criterion = /^Criterion: *(.*)$/m.exec(system)?.[1] ?? '';
    // The first user message holds the data: a retry adds others, with what was wrong.
    call.user = textOf(users[0]);
    call.data = firstObject(call.user);
    hit.criterion = call.criterion;
    hit.data = call.data;
    const { nonce: _, ...question } = call.data ?? { user: call.user };
    subject = hit.question = digest(canonical([call.model, call.criterion, question]));
  }
  call.attempt = hit.attempt = (state.attempts.get(subject) ?? 0) + 1;
  state.attempts.set(subject, call.attempt);
  return call;
}

/** Decides how a call is answered: which switch, and what the script wants otherwise. */
async function decide(call, settings, state) {
  const scripted = await state.script?.(call);
  const plan = typeof scripted === 'string' ? { use: scripted } : { ...scripted };
  if (plan.use) checkSwitch(plan.use);
  const suffix = /^.+@([a-z0-9-]+?)(?::(\d+))?$/.exec(call.model);
  if (plan.use === undefined && suffix) {
    const [, name, first] = suffix;
    if (!isSwitch(name)) return { unknown: true };
    if (first === undefined || call.attempt <= Number(first)) plan.use = name;
    else plan.use = null;
  }
  if (plan.use === undefined) plan.use = drawn(call, settings);
  plan.fault = isFault(plan.use) ? plan.use : null;
  plan.shape = call.judge && isShape(plan.use) ? plan.use : null;
  call.hit.used = plan.fault ?? plan.shape;
  return plan;
}

function drawn(call, settings) {
  const rates = { ...settings.rates, ...(call.judge ? settings.judge_rates : settings.target_rates) };
  let left = fraction(settings.seed, 'rate', call.hit.body_hash, call.attempt);
  for (const [name, rate] of Object.entries(rates)) {
    if (left < rate) return name;
    left -= rate;
  }
  return null;
}

const isFault = (name) => Object.hasOwn(FAULTS, name);
const isShape = (name) => Object.hasOwn(fixedShapes(), name) || COMPUTED_SHAPES.includes(name);
const isSwitch = (name) => isFault(name) || isShape(name);

function checkSwitch(name) {
  if (!isSwitch(name)) throw new Error(`the scripted provider has no switch "${name}"`);
}

// What is said

/** What the model says to this call: a message and its finish reason. */
function reply(call, plan, settings, state) {
  const message = { role: 'assistant', content: null, refusal: null };
  if (plan.tool_calls) {
    message.content = plan.content ?? null;
    message.tool_calls = plan.tool_calls;
    return { message, finish_reason: plan.finish_reason ?? 'tool_calls' };
  }
  if (plan.content !== undefined) {
    message.content = plan.content;
  } else if (plan.shape === 'refusal') {
    message.refusal = fixedShapes().refusal;
  } else if (call.judge) {
    message.content = judgeText(call, plan, settings, state);
  } else {
    message.content = settings.answer(call);
    const format = call.body.response_format ?? call.body.text?.format ?? call.body.output_config?.format;
    const is_json = format?.type?.startsWith('json') || call.body.generationConfig?.responseMimeType === 'application/json';
    if (is_json && settings.answer === DEFAULTS.answer) message.content = JSON.stringify({ answer: message.content });
  }
  if (!call.judge && typeof message.content === 'string') state.said.add(digest(message.content.trim()));
  return { message, finish_reason: plan.finish_reason ?? (plan.shape === 'truncated' ? 'length' : 'stop') };
}

function judgeText(call, plan, settings, state) {
  const { shape } = plan;
  if (shape && Object.hasOwn(fixedShapes(), shape)) return fixedShapes()[shape];
  if (shape === 'bad-then-good' && call.attempt === 1) return fixedShapes().prose;
  if (shape === 'obeys-injection') return verdict(/output level 5/i.test(call.user + (call.data?.candidate ?? '')) ? 5 : 1);
  if (shape?.startsWith('fixed-')) return verdict(Number(shape.at(-1)));
  const evidence = shape === 'good-quote' ? [{ from: 'candidate', quote: String(call.data?.candidate ?? '').slice(0, 80) }] : [];
  if (plan.level !== undefined) return verdict(plan.level, { evidence });
  if (settings.level) return verdict(settings.level(call), { evidence });
  return verdict(sensibleLevel(call, state), { evidence, instruction_in_data: seemsHostile(call.data?.candidate) });
}

/**
 * The level of a judge that nobody scripts: 3 to 5 by a hash of criterion and candidate for an ordinary response,
 * and low for what cannot be one, so that the canaries of a run are caught.
 *
 * What this provider said as a target counts as ordinary. Of anything else, the words must be those of the
 * reference or the request, and the numbers those of the reference.
 */
function sensibleLevel({ criterion, data }, state) {
  const candidate = textOf(data?.candidate);
  const reference = textOf(data?.reference);
  const chance = fraction(criterion, candidate);
  const ordinary = 3 + Math.floor(chance * 3);
  if (words(candidate).length === 0 || seemsHostile(candidate) || /^\W*thought process\b/i.test(candidate)) return Math.floor(chance * 2);
  if (candidate.trim() === reference.trim()) return 4 + Math.floor(chance * 2);
  if (state.said.has(digest(candidate.trim()))) return ordinary;
  if (reference && shared(candidate, reference) >= 0.7 && numbers(candidate) !== numbers(reference)) return 2;
  const near = shared(candidate, `${reference} ${canonical(data?.request ?? '')}`);
  return near >= (reference ? 0.5 : 0.1) ? ordinary : Math.floor(chance * 2);
}

const seemsHostile = (text) => /\b(output|give|assign|award) level\b|"level"\s*:\s*\d|\bgrader\s*:/i.test(textOf(text));
const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
const numbers = (text) => (text.match(/\d+/g) ?? []).join(' ');

/** The share of the words of `text` that occur in `other`. */
function shared(text, other) {
  const known = new Set(words(other));
  const all = words(text);
  return all.filter((word) => known.has(word)).length / Math.max(1, all.length);
}

let shapeTexts = null;
function fixedShapes() {
  shapeTexts ??= Object.fromEntries(
    readdirSync(REPLIES)
      .filter((file) => file.endsWith('.txt'))
      .map((file) => [file.slice(0, -4), readFileSync(new URL(file, REPLIES), 'utf8')]),
  );
  return shapeTexts;
}

// Serving

async function serve(call, plan, req, res, settings, state) {
  const { hit, body } = call;
  const is_scripted = plan.status !== undefined || plan.body !== undefined;
  const answer = {
    call,
    req,
    res,
    settings,
    url: state.url,
    stream: hit.stream,
    chunk_ms: plan.chunk_ms ?? settings.chunk_ms,
    said: is_scripted ? null : reply(call, plan, settings, state),
    /** Ends the connection from our side: what the client sees is not its own doing. */
    cut: () => {
      hit.cut = true;
      res.socket?.resetAndDestroy();
    },
  };
  const request_id = `req_${digest(`${hit.body_hash} ${call.attempt}`).slice(0, 16)}`;
  const is_whole = !is_scripted && !plan.fault && !answer.stream;
  const text = is_whole ? Buffer.from(JSON.stringify(completionOf(answer))) : null;

  // Counted from the arrival, and all is made up by now: what a call costs this process is not added to what it was told
  // to take, and of calls that end together none waits for the others.
  const jitter = fraction(settings.seed, 'jitter', hit.body_hash, call.attempt) * settings.jitter_ms;
  const rest = (plan.latency_ms ?? settings.latency_ms) + jitter - (performance.now() - hit.arrived);
  await pause(Math.round(rest), res);
  if (res.destroyed) return;

  for (const [name, value] of Object.entries(plan.headers ?? {})) res.setHeader(name, value);
  res.setHeader('x-request-id', request_id);
  if (is_scripted) {
    const sent = plan.body ?? failure('scripted', 'scripted', null);
    if (typeof sent === 'object' && !Buffer.isBuffer(sent)) return sendJson(res, plan.status ?? 200, sent);
    res.writeHead(plan.status ?? 200, { 'content-type': 'application/json', ...plan.headers });
    return res.end(sent);
  }
  if (plan.fault) return FAULTS[plan.fault](answer);
  hit.answered = true;
  if (is_whole) return sendText(res, 200, text);
  return sendAnswer(answer);
}

async function sendAnswer(answer) {
  if (answer.stream) return sendFrames(answer, eventsOf(answer).map(frame));
  return sendJson(answer.res, 200, completionOf(answer));
}

/** The whole answer in the words of its protocol, as it stands in a reply that is not streamed. */
function completionOf(answer) {
  const { call, said } = answer;
  if (call.wire.whole) return call.wire.whole({ call, said, id: digestOf(call), usage: usageOf(call, said), vectorOf });
  return {
    id: idOf(call),
    object: 'chat.completion',
    created: call.created,
    model: call.model,
    choices: [{ index: 0, message: said.message, logprobs: null, finish_reason: said.finish_reason }],
    usage: usageOf(call, said),
    system_fingerprint: 'fp_scripted',
  };
}

/** The events of a streamed answer, in order, each as the text of its `data` field. */
function eventsOf({ call, said, settings }) {
  if (call.wire.events) {
    const cut = (text) => pieces(text, settings.chunk_chars);
    return call.wire.events({ call, said, id: digestOf(call), usage: usageOf(call, said), cut });
  }
  const base = { id: idOf(call), object: 'chat.completion.chunk', created: call.created, model: call.model, system_fingerprint: 'fp_scripted' };
  const asked = call.body.stream_options?.include_usage === true;
  const chunk = (delta, finish_reason = null) => ({ ...base, choices: [{ index: 0, delta, logprobs: null, finish_reason }], ...(asked && { usage: null }) });
  const { content, refusal, tool_calls } = said.message;
  const chunks = [chunk({ role: 'assistant', content: content === null ? null : '', refusal: null })];
  for (const piece of pieces(content ?? '', settings.chunk_chars)) chunks.push(chunk({ content: piece }));
  for (const piece of pieces(refusal ?? '', settings.chunk_chars)) chunks.push(chunk({ refusal: piece }));
  for (const [index, { id, type, function: fn }] of (tool_calls ?? []).entries()) {
    chunks.push(chunk({ tool_calls: [{ index, id, type, function: { name: fn.name, arguments: '' } }] }));
    for (const piece of pieces(fn.arguments, settings.chunk_chars)) chunks.push(chunk({ tool_calls: [{ index, function: { arguments: piece } }] }));
  }
  chunks.push(chunk({}, said.finish_reason));
  if (asked) chunks.push({ ...base, choices: [], usage: usageOf(call, said) });
  return [...chunks.map((each) => JSON.stringify(each)), '[DONE]'];
}

/** An event is named by its type, in the protocols where it has one. */
function frame(data) {
  const type = /^\{"type":"([a-z_.]+)"/.exec(data)?.[1];
  return type ? `event: ${type}\ndata: ${data}\n\n` : `data: ${data}\n\n`;
}

const digestOf = (call) => digest(`${call.hit.body_hash} ${call.attempt}`).slice(0, 24);
const idOf = (call) => `chatcmpl-${digestOf(call)}`;

function usageOf(call, { message }) {
  const prompt_tokens = Math.ceil(JSON.stringify(call.messages).length / 4);
  const completion_tokens = Math.ceil(JSON.stringify([message.content, message.refusal, message.tool_calls]).length / 4);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

function openStream(res) {
  res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  res.flushHeaders();
}

/** Sends frames (texts or buffers) with the answer's pause between them, and ends the stream unless told to leave it open. */
async function sendFrames({ res, chunk_ms, settings }, frames, { end = true } = {}) {
  if (!res.headersSent) openStream(res);
  const writes = settings.cut_bytes ? cutInto(Buffer.concat(frames.map((each) => Buffer.from(each))), settings.cut_bytes) : frames;
  for (const each of writes) {
    if (!(await write(res, each))) return;
    await pause(chunk_ms, res);
  }
  if (end) res.end();
}

function sendJson(res, status, value, headers = {}) {
  sendText(res, status, Buffer.from(JSON.stringify(value)), headers);
}

function sendText(res, status, text, headers = {}) {
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length, ...headers });
  res.end(text);
}

function sendModels(res, { models }, hit) {
  hit.answered = true;
  sendJson(res, 200, { object: 'list', data: models.map((id) => ({ id, object: 'model', created: 1735689600, owned_by: 'scripted' })) });
}

/** How many tokens a message has: a quarter of its bytes. */
function sendCount(res, hit) {
  hit.answered = true;
  sendJson(res, 200, { input_tokens: Math.ceil(hit.raw.length / 4) });
}

/** Eight numbers that depend on the text alone. */
function vectorOf(text) {
  return Float32Array.from({ length: 8 }, (_, axis) => fraction(canonical(text), axis) * 2 - 1);
}

// Faults

const failure = (message, type, code) => ({ error: { message, type, param: null, code } });

/** Tells a failure in the words of the call's protocol. */
function sendFailure({ res, call }, status, body, { 'retry-after': wait, ...headers } = {}) {
  if (!call.wire.waits_in_body) return sendJson(res, status, call.wire.failure(body, false, status), wait === undefined ? headers : { ...headers, 'retry-after': wait });
  const wait_s = wait && (Number(wait) || (Date.parse(wait) - Date.now()) / 1000);
  return sendJson(res, status, call.wire.failure(body, false, status, wait_s), headers);
}

const BUSY = failure('Rate limit reached for requests. Please try again later.', 'requests', 'rate_limit_exceeded');
const BROKEN = failure('The server had an error while processing your request.', 'server_error', null);
const limits = { 'x-ratelimit-limit-requests': '500', 'x-ratelimit-remaining-requests': '0' };

/** First half of an answer's frames: the role and about half of the text. */
function half(answer) {
  const events = eventsOf(answer);
  return events.slice(0, Math.max(2, Math.floor(events.length / 2))).map(frame);
}

/** Starts a whole reply with its right length and sends only the first half of it. */
async function sendHalf({ res, ...answer }) {
  const text = Buffer.from(JSON.stringify(completionOf(answer)));
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  await write(res, text.subarray(0, text.length >> 1));
}

async function sendFirstPart(answer) {
  if (answer.stream) await sendFrames(answer, half(answer), { end: false });
  else await sendHalf(answer);
  // What was written must have left before the connection is reset, or the client sees none of it.
  await pause(20, answer.res);
}

const FAULTS = {
  429: (answer) => sendFailure(answer, 429, BUSY, { ...limits, 'retry-after': '1' }),
  // The date has whole seconds: the next but one is at least a second away.
  '429-date': (answer) => sendFailure(answer, 429, BUSY, { ...limits, 'retry-after': new Date(Date.now() + 2000).toUTCString() }),
  '429-long': (answer) => sendFailure(answer, 429, BUSY, { ...limits, 'retry-after': '86400' }),
  '429-bare': (answer) => sendFailure(answer, 429, BUSY),
  400: (answer) => sendFailure(answer, 400, failure("Unsupported parameter: 'frequency' is not supported with this model.", 'invalid_request_error', 'unsupported_parameter')),
  401: (answer) => {
    const { authorization, 'x-api-key': own, 'x-goog-api-key': google } = answer.req.headers;
    const key = own ?? google ?? authorization?.replace(/^Bearer /, '') ?? '';
    sendFailure(answer, 401, failure(`Incorrect API key provided: ${key}. You can find your API key in your account.`, 'invalid_request_error', 'invalid_api_key'));
  },
  500: (answer) => sendFailure(answer, 500, BROKEN),
  '502-html': ({ res }) => {
    res.writeHead(502, { 'content-type': 'text/html' });
    res.end('<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1><img src=x onerror="alert(document.domain)"></body></html>\n');
  },
  '200-error': (answer) => sendFailure(answer, 200, failure('The model is overloaded.', 'overloaded_error', 'overloaded')),
  empty: async (answer) => {
    if (answer.call.wire.whole) {
      answer.said.message.content = '';
      return sendAnswer(answer);
    }
    if (!answer.stream) return sendJson(answer.res, 200, { ...completionOf(answer), choices: [] });
    const { choices: _, ...rest } = JSON.parse(eventsOf(answer)[0]);
    return sendFrames(answer, [JSON.stringify({ ...rest, choices: [] }), '[DONE]'].map(frame));
  },
  hang: () => {},
  'reset-before': ({ cut }) => cut(),
  'reset-mid': async (answer) => {
    await sendFirstPart(answer);
    answer.cut();
  },
  'trunc-sse': async (answer) => {
    if (answer.stream) return sendFrames(answer, [...half(answer), 'data: {"id":"chatcmpl-cut","object":"chat.completion.chunk","choices":[{"index":0,"del']);
    answer.res.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    const text = JSON.stringify(completionOf(answer));
    answer.res.end(text.slice(0, text.length >> 1));
  },
  'no-done': async (answer) => {
    if (answer.stream) return sendFrames(answer, eventsOf({ ...answer, said: { ...answer.said, finish_reason: null } }).slice(0, -1).map(frame));
    return sendJson(answer.res, 200, completionOf({ ...answer, said: { ...answer.said, finish_reason: null } }));
  },
  'stall-mid': sendFirstPart,
  // It has no end, so that it is seen who hangs up.
  'odd-status': async ({ res }) => {
    res.writeHead(999, { 'content-type': 'application/json' });
    await write(res, '{"choices": [');
  },
  'error-mid': async (answer) => {
    if (answer.stream) return sendFrames(answer, [...half(answer), frame(JSON.stringify(answer.call.wire.failure(BROKEN, true)))]);
    return sendFailure(answer, 200, BROKEN);
  },
  'split-utf8': async (answer) => {
    const said = { ...answer.said, message: { ...answer.said.message } };
    if (typeof said.message.content === 'string' && !answer.call.judge) said.message.content += ' Zürich, naïve, 東京, 🙂👩‍🚀, é.';
    const full = { ...answer, said, chunk_ms: 0 };
    const text = answer.stream ? eventsOf(full).map(frame).join('') : JSON.stringify(completionOf(full));
    answer.call.hit.answered = true;
    if (answer.stream) openStream(answer.res);
    else answer.res.writeHead(200, { 'content-type': 'application/json' });
    for (const piece of splitInsideCharacters(Buffer.from(text))) {
      if (!(await write(answer.res, piece))) return;
      await pause(3, answer.res);
    }
    answer.res.end();
  },
  crlf: async (answer) => {
    answer.call.hit.answered = true;
    if (!answer.stream) {
      answer.res.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      return answer.res.end(JSON.stringify(completionOf(answer), null, 2).replaceAll('\n', '\r\n'));
    }
    const events = eventsOf(answer).map((data, index) => {
      // One event in three has its JSON on two `data` lines, one has no space after the colon.
      if (index % 3 === 1 && data.startsWith('{')) return `id: ${index}\r\ndata: {\r\ndata: ${data.slice(1)}\r\n\r\n`;
      if (index % 3 === 2) return `event: message\r\ndata:${data}\r\n\r\n`;
      return `: keep-alive\r\n\r\nretry: 3000\r\ndata: ${data}\r\n\r\n`;
    });
    return sendFrames(answer, [': connected\r\n\r\n', ...events]);
  },
  'bad-json': async (answer) => {
    if (answer.stream) {
      const events = eventsOf(answer).map(frame);
      events.splice(2, 0, 'data: {"id":"chatcmpl-bad","choices":[{"index":0,"delta":{"content":"half}}\n\n');
      return sendFrames(answer, events);
    }
    answer.res.writeHead(200, { 'content-type': 'application/json' });
    answer.res.end('{"id":"chatcmpl-bad","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"half}]}');
  },
  'bad-utf8': async (answer) => {
    const mark = '\u0001bad\u0001';
    // One chunk holds the whole text, so that the mark is not cut.
    const full = { ...saying(answer, `${answer.said.message.content ?? ''}${mark}.`), settings: { ...answer.settings, chunk_chars: Number.MAX_SAFE_INTEGER } };
    const spoil = (text) => {
      const [before, after] = text.split(JSON.stringify(mark).slice(1, -1));
      return after === undefined ? Buffer.from(text) : Buffer.concat([Buffer.from(before), Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80]), Buffer.from(after)]);
    };
    if (answer.stream) return sendFrames(full, eventsOf(full).map((data) => spoil(frame(data))));
    answer.res.writeHead(200, { 'content-type': 'application/json' });
    answer.res.end(spoil(JSON.stringify(completionOf(full))));
  },
  huge: async (answer) => {
    const { res, settings } = answer;
    const [before, after, block] = hugeParts(answer);
    if (answer.stream) openStream(res);
    else res.writeHead(200, { 'content-type': 'application/json' });
    if (!(await write(res, before))) return;
    for (let sent = 0; sent < settings.huge_bytes; sent += block.length) {
      if (!(await write(res, block))) return;
      answer.call.hit.taken_bytes = sent + block.length;
    }
    res.end(after);
  },
  'gzip-bomb': async (answer) => {
    const packed = await bomb(answer);
    const type = answer.stream ? 'text/event-stream' : 'application/json';
    answer.res.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip', 'content-length': packed.length });
    answer.res.end(packed);
  },
  'deep-json': async (answer) => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    if (answer.stream) return sendFrames(answer, [`{"id":"chatcmpl-deep","choices":${deep}}`, '[DONE]'].map(frame));
    answer.res.writeHead(200, { 'content-type': 'application/json' });
    answer.res.end(`{"id":"chatcmpl-deep","object":"chat.completion","choices":${deep}}`);
  },
  slowloris: async (answer) => {
    const text = Buffer.from(answer.stream ? eventsOf(answer).map(frame).join('') : JSON.stringify(completionOf(answer)));
    if (answer.stream) openStream(answer.res);
    else {
      answer.res.writeHead(200, { 'content-type': 'application/json' });
      answer.res.flushHeaders();
    }
    for (const byte of text) {
      if (!(await write(answer.res, Buffer.of(byte)))) return;
      await pause(answer.settings.slow_ms, answer.res);
    }
    answer.res.end();
  },
  'redirect-meta': ({ res }) => redirect(res, 302, 'http://169.254.169.254/latest/meta-data/'),
  'redirect-local': ({ res, url }) => redirect(res, 307, `${url}/caught`),
  'set-cookie': async (answer) => {
    const headers = {
      'set-cookie': ['__cf_bm=abc; Path=/; HttpOnly', 'session=stolen; Domain=.example.com'],
      'access-control-allow-origin': '*',
      'access-control-allow-credentials': 'true',
      'alt-svc': 'h3=":443"; ma=86400',
      'strict-transport-security': 'max-age=1',
      'content-security-policy': "default-src 'self' 'unsafe-inline'",
      server: 'scripted/1.0',
      'x-powered-by': 'scripts',
      'x-ratelimit-remaining-requests': '499',
      'openai-processing-ms': '12',
    };
    for (const [name, value] of Object.entries(headers)) answer.res.setHeader(name, value);
    answer.call.hit.answered = true;
    return sendAnswer(answer);
  },
};

function redirect(res, status, location) {
  res.writeHead(status, { location });
  res.end();
}

/** An answer of this text; the one text of an answer that says nothing is the name of its model. */
function saying(answer, text) {
  if (answer.call.wire.is_silent) return { ...answer, call: { ...answer.call, model: text } };
  return { ...answer, said: { ...answer.said, message: { ...answer.said.message, content: text } } };
}

/** What comes before, after and again and again within a reply of any length. */
function hugeParts(answer) {
  const letters = 'a'.repeat(MEGABYTE);
  if (answer.stream) {
    const events = eventsOf(answer);
    const more = JSON.parse(events[0]);
    const [choice] = more.choices;
    if ('text' in choice) choice.text = letters;
    else choice.delta = { content: letters };
    return [frame(events[0]), events.slice(-2).map(frame).join(''), Buffer.from(frame(JSON.stringify(more)))];
  }
  const text = JSON.stringify(completionOf(saying(answer, '%')));
  return [text.slice(0, text.indexOf('%')), text.slice(text.indexOf('%') + 1), Buffer.from(letters)];
}

const bombs = new Map();
/** A gzip file of an answer, whole or streamed, whose text has so many letters; each made once. */
function bomb(answer) {
  const bytes = answer.settings.bomb_bytes;
  const name = `${answer.call.hit.path} ${answer.stream} ${bytes}`;
  if (!bombs.has(name)) bombs.set(name, pack(hugeParts(answer), bytes));
  return bombs.get(name);
}

async function pack([before, after, block], bytes) {
  const gzip = createGzip({ level: 9 });
  const out = [];
  gzip.on('data', (chunk) => out.push(chunk));
  const done = new Promise((resolve) => {
    gzip.once('end', resolve);
  });
  gzip.write(before);
  for (let sent = 0; sent < bytes; sent += block.length) {
    if (!gzip.write(block)) await new Promise((resolve) => { gzip.once('drain', resolve); });
  }
  gzip.end(after);
  await done;
  return Buffer.concat(out);
}

/** Cuts bytes into pieces of one length. */
function cutInto(bytes, length) {
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) => bytes.subarray(index * length, (index + 1) * length));
}

/** Cuts text before every byte that continues a character. */
function splitInsideCharacters(bytes) {
  const cuts = [0];
  for (const [at, byte] of bytes.entries()) if ((byte & 0xc0) === 0x80) cuts.push(at);
  return cuts.map((start, index) => bytes.subarray(start, cuts[index + 1])).filter((piece) => piece.length > 0);
}

// Small parts

const digest = (text) => createHash('sha256').update(text).digest('hex');

/** A number from 0 to below 1 that depends on its arguments alone. */
const fraction = (...parts) => Number.parseInt(digest(JSON.stringify(parts)).slice(0, 12), 16) / 2 ** 48;

/** JSON with the keys of every object in order. */
function canonical(value) {
  return JSON.stringify(value, (_, inner) => (inner && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner)) ?? 'null';
}

/** The text of a message, of its content, or of a value that stands for either. */
function textOf(value) {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((part) => part?.text ?? '').join('\n');
  if (value && typeof value === 'object') return 'content' in value ? textOf(value.content) : JSON.stringify(value);
  return '';
}

/** The first JSON object of a text, or null. It may span lines, and ends where a line ends. */
function firstObject(text) {
  const start = text.indexOf('{');
  for (let end = text.indexOf('\n', start); start >= 0; end = text.indexOf('\n', end + 1)) {
    try {
      return JSON.parse(end < 0 ? text.slice(start) : text.slice(start, end));
    } catch {
      if (end < 0) return null;
    }
  }
  return null;
}

function pieces(text, size) {
  const letters = [...text];
  const out = [];
  for (let at = 0; at < letters.length; at += size) out.push(letters.slice(at, at + size).join(''));
  return out;
}

function repeated(hits, key) {
  const groups = new Map();
  for (const hit of hits) groups.set(key(hit), [...(groups.get(key(hit)) ?? []), hit]);
  return [...groups.values()].filter((group) => group.length > 1).map((group) => ({ count: group.length, hits: group }));
}

/** Waits, but not longer than the connection lives. */
function pause(ms, res) {
  if (!(ms > 0) || res.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      res.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    res.once('close', done);
  });
}

/** Writes and waits until there is room for more. False once the connection is gone. */
function write(res, data) {
  if (res.destroyed) return Promise.resolve(false);
  if (res.write(data)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done);
      res.off('close', done);
      resolve(!res.destroyed);
    };
    res.once('drain', done);
    res.once('close', done);
  });
}

// On its own: node tests/live/provider.mjs --port 9099 --latency 100 --rate 429=0.1

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9099' },
      host: { type: 'string', default: DEFAULTS.host },
      latency: { type: 'string', default: '0' },
      jitter: { type: 'string', default: '0' },
      chunk: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
      key: { type: 'string' },
      rate: { type: 'string', multiple: true, default: [] },
    },
  });
  const provider = await startProvider({
    host: values.host,
    port: Number(values.port),
    latency_ms: Number(values.latency),
    jitter_ms: Number(values.jitter),
    chunk_ms: Number(values.chunk),
    seed: Number(values.seed),
    key: values.key ?? null,
    rates: Object.fromEntries(values.rate.map((rate) => rate.split('=')).map(([name, share]) => [name, Number(share)])),
  });
  console.log(`scripted provider at ${provider.base_url}`);
}
