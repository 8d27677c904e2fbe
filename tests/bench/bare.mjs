// A worker that does nothing but calls, through the same local runtime: what machine, runtime and provider leave of the
// ideal, and what no engine can be above.

import { Miniflare } from 'miniflare';

/** As many calls at once as a shard makes. */
const WINDOW = 6;

const SCRIPT = `
export class Shard {
  constructor(state, env) {
    this.env = env;
  }

  async fetch(request) {
    const { url, calls, at_once } = await request.json();
    let begun = 0;
    const place = async () => {
      while (begun < calls) {
        begun += 1;
        const body = JSON.stringify({ model: 'scripted', messages: [{ role: 'user', content: 'Question ' + Math.random() }] });
        const answer = await this.env.OUTWARD.fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
        await answer.json();
      }
    };
    await Promise.all(Array.from({ length: at_once }, place));
    return new Response();
  }
}

export default {
  async fetch(request, env) {
    const shards = await request.json();
    const asked = shards.map((shard, number) =>
      env.SHARDS.get(env.SHARDS.idFromName(String(number))).fetch('http://shard', { method: 'POST', body: JSON.stringify(shard) }));
    await Promise.all(asked);
    return new Response();
  },
};`;

/** Starts it. The result has `time({ calls, concurrency })`, which resolves with milliseconds, and `close`. */
export async function startBare(provider) {
  const miniflare = new Miniflare({
    modules: true,
    script: SCRIPT,
    compatibilityDate: '2026-07-01',
    durableObjects: { SHARDS: { className: 'Shard', useSQLite: true } },
    // As the Worker is served here.
    serviceBindings: { OUTWARD: { network: { allow: ['private'] } } },
    cf: false,
    telemetry: { enabled: false },
  });
  const { origin } = await miniflare.ready;
  return {
    time: async ({ calls, concurrency }) => {
      const shards = windows(concurrency).map((at_once) => ({
        url: `${provider.base_url}/chat/completions`,
        calls: Math.round((calls * at_once) / concurrency),
        at_once,
      }));
      const began = performance.now();
      await fetch(origin, { method: 'POST', body: JSON.stringify(shards) });
      return performance.now() - began;
    },
    close: () => miniflare.dispose(),
  };
}

/** The calls at once of each shard: they add up to the concurrency. */
function windows(concurrency) {
  const shards = Math.ceil(concurrency / WINDOW);
  return Array.from({ length: shards }, (_, shard) => Math.floor(concurrency / shards) + (shard < concurrency % shards ? 1 : 0));
}
