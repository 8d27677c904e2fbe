// Runs for the live tests: a set of so many items that differ, a run of it on the scripted models, and waiting for one.

import { eventually } from './world.mjs';

/** Makes a set of so many items with an original response each, and resolves with it. */
export async function setOf(world, items) {
  const set = await world.ask('POST', '/api/sets', { name: `${items} items`, criteria: [{ name: 'Right', question: 'Is it right?' }] });
  const made = Array.from({ length: items }, (_, n) => ({ request: `Where is parcel ${n * 7}?`, reference: `Parcel ${n * 7} waits at depot ${n}.` }));
  await world.ask('POST', `/api/sets/${set.id}/items`, { items: made });
  return set;
}

/** What starts a run of a set that is asked anew, whatever is known, with no judging of the originals. */
export function newRun(set, more = {}) {
  return {
    set_id: set.id,
    target: { provider: 'scripted', model: 'scripted' },
    judge: { provider: 'scripted', model: 'judge' },
    baseline: false,
    fresh: true,
    ...more,
  };
}

/** Resolves with a run once it stands so. */
export function becomes(world, run, status, patience = { within_ms: 180_000 }) {
  return eventually(async () => {
    const now = await world.ask('GET', `/api/runs/${run.id}`);
    return now.status === status && now;
  }, patience);
}
