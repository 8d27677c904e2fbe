// The way into the Worker: what `build/index.js` answers, and an end for what it never would.
//
// A panic ends the instance of the Wasm module, which all requests and shards of an isolate share. The glue makes a new
// one for the next call, but nothing ever wakes what the old one had begun: it would hang until its last timer, for
// minutes. So whatever waits is given up here at once. A request is answered 500; a shard takes its slice again, as it
// does after any loss. Answers that have begun pass on to their end. The logs of all that was under way are lost, and counted.
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
import Worker, { RunShard as Shard } from './build/index.js';
import { pass } from './passing.js';

/** When a shard begins again that lost its slice, in milliseconds. */
const AGAIN_MS = 1_000;

/** What gives up each call under way. */
const waiting = new Set();

/** How many instances were lost. */
let losses = 0;

/** How many logs are on their way to the database, and how many went with an instance and are not counted yet. */
const logs = { under_way: 0, lost: 0 };

/** What browsers are told of an answer to a lost request, as `src/policy.rs` has it for all of the gateway. */
const GUARDED = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};
const TLS_ALONE = { 'strict-transport-security': 'max-age=31536000' };

class Lost extends Error {}

// How a future that was woken comes to run. The platform's own function wraps each task anew, which takes longer than most
// tasks do: a tenth of a millisecond. A panic while something is answered step by step is thrown here.
globalThis.queueMicrotask = (task) => {
  Promise.resolve().then(task).catch((error) => {
    if (!lose(error)) reportError(error);
  });
};

globalThis.passAnswer = (body, onward, signal, idle_ms, longest_ms, linger, heard) => {
  // What is told by an instance that was lost already is no news.
  return pass(body, onward, signal, { idle_ms, longest_ms }, linger, heard, lose);
};

globalThis.logBegins = () => {
  logs.under_way += 1;
};

globalThis.logEnds = () => {
  logs.under_way -= 1;
};

/** Gives how many logs went with an instance since this was last asked. */
globalThis.takeLostLogs = () => {
  const { lost } = logs;
  logs.lost = 0;
  return lost;
};

/** Tells an error that ended an instance: a trap, or a stack that is full, which the engine calls by another name. */
function isTrap(error) {
  return error instanceof WebAssembly.RuntimeError || (error instanceof RangeError && /call stack/.test(error.message));
}

function lose(error) {
  if (!isTrap(error)) return false;
  losses += 1;
  logs.lost += logs.under_way;
  logs.under_way = 0;
  for (const giveUp of waiting) giveUp(new Lost());
  waiting.clear();
  return true;
}

/** Resolves as `work` does, and rejects when the instance is lost meanwhile. */
async function unlessLost(work) {
  const { promise, reject } = Promise.withResolvers();
  waiting.add(reject);
  try {
    return await Promise.race([work(), promise]);
  } catch (error) {
    throw lose(error) ? new Lost() : error;
  } finally {
    waiting.delete(reject);
  }
}

/** Has what goes on beside an answer end with its instance: the platform waits for it, and keeps its calls open. */
function endWithInstance(ctx) {
  const waitUntil = ctx.waitUntil.bind(ctx);
  ctx.waitUntil = (work) => waitUntil(unlessLost(() => work).catch((error) => {
    if (!(error instanceof Lost)) throw error;
  }));
}

export default class extends WorkerEntrypoint {
  async fetch(request) {
    endWithInstance(this.ctx);
    try {
      return await unlessLost(() => new Worker(this.ctx, this.env).fetch(request));
    } catch (error) {
      if (error instanceof Lost) return lost(new URL(request.url));
      throw error;
    }
  }

  scheduled(event) {
    return unlessLost(() => new Worker(this.ctx, this.env).scheduled(event));
  }
}

/** Says that a request was lost, as the gateway or the API says what is wrong. Its id stands in what the operator reads. */
function lost({ protocol, pathname: path }) {
  const id = crypto.randomUUID();
  console.error(`the request ${id} to ${path} was lost with its instance`);
  const words = 'something went wrong here, and this request went with it; send it again';
  const error = { message: words, type: 'api_error' };
  const [type, body] = path.startsWith('/v1/messages')
    ? ['application/json', { type: 'error', error }]
    : path.startsWith('/v1/')
      ? ['application/json', { error: { ...error, param: null, code: 'internal' } }]
      : ['application/problem+json', { type: '/problems/internal', title: 'Something went wrong', status: 500, detail: words, errors: [] }];
  const headers = { 'content-type': type, 'x-request-id': id, ...GUARDED, ...(protocol === 'https:' && TLS_ALONE) };
  return Response.json(body, { status: 500, headers });
}

export class RunShard extends DurableObject {
  #shard = null;
  #losses = 0;

  /** Gives the shard in the instance that is there now. */
  shard() {
    if (this.#shard === null || this.#losses !== losses) {
      this.#shard = new Shard(this.ctx, this.env);
      this.#losses = losses;
    }
    return this.#shard;
  }

  fetch(request) {
    return unlessLost(() => this.shard().fetch(request));
  }

  async alarm() {
    try {
      await unlessLost(() => this.shard().alarm());
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      await this.ctx.storage.setAlarm(Date.now() + AGAIN_MS);
    }
  }
}
