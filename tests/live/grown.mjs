// A run of many items, written into the database's file while nothing serves it: no provider answers 100,000 times.
//
//   const { run, item } = await seedOf(world);           // a run of one item that is done
//   await world.stop();
//   grow(await fileOf(world.state), run, item, 100_000); // and of so many
//   await world.start();

import { DatabaseSync } from 'node:sqlite';
import { eventually } from './world.mjs';

/** Makes a run of one item, and resolves with the ids of both when it is done. */
export async function seedOf(world, more = {}) {
  const set = await world.ask('POST', '/api/sets', { name: 'grown', criteria: [{ name: 'Right', question: 'Is it right?' }] });
  await world.ask('POST', `/api/sets/${set.id}/items`, { items: [{ request: 'Question 0', reference: 'Answer 0' }] });
  const [{ id: item }] = (await world.ask('GET', `/api/sets/${set.id}/items`)).data;
  const { id: run } = await world.ask('POST', '/api/runs', {
    set_id: set.id,
    target: { provider: 'scripted', model: 'scripted' },
    judge: { provider: 'scripted', model: 'judge' },
    fresh: true,
    ...more,
  });
  await eventually(async () => (await world.ask('GET', `/api/runs/${run}`)).status === 'done', { within_ms: 60_000 });
  return { run, item };
}

/**
 * Copies a run's only item, with what became of it, until there are so many. They differ in score, feature and the
 * length of their texts; every seventh has no score.
 */
export function grow(file, run, item, items) {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -400000');
  const columns = (table, without) => database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all().map((row) => row.name).filter((name) => !without.includes(name));
  // The same letters and another number: an id like the others.
  const id = `'${item.slice(0, -12)}' || printf('%012x', n)`;
  const numbers = `WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${items - 1})`;
  const copy = (table, own, where) => {
    const names = columns(table, [...Object.keys(own), 'seq']);
    const given = [...Object.keys(own), ...names].join(', ');
    database.exec(`INSERT OR IGNORE INTO ${table} (${given}) ${numbers} SELECT ${[...Object.values(own), ...names].join(', ')} FROM ${table}, number WHERE ${where}`);
  };
  const level = 'CASE WHEN n % 7 = 0 THEN NULL ELSE n % 6 END';
  const text = (words, times) => `'${words} ' || n || '. ' || replace(printf('%.*c', ${times}, 'w'), 'w', 'words ')`;
  const outcome = {
    item_id: id,
    score: 'CASE WHEN n % 7 = 0 THEN NULL ELSE n % 6 / 5.0 END',
    baseline_score: 'n % 5 / 5.0',
    verdict: "CASE WHEN n % 7 = 0 THEN 'unscored' WHEN n % 6 >= 4 THEN 'pass' ELSE 'fail' END",
    criteria: `json_set(criteria, '$[0].level', ${level}, '$[0].baseline_level', n % 5, '$[0].reasoning_preview', ${text('Reason', 'n % 30')})`,
    response_preview: text('Answer', 'n % 17'),
  };
  database.exec('BEGIN');
  copy('set_item', { id, feature: "'feature-' || n % 12", request_preview: text('Question', 'n % 23') }, `set_item.id = '${item}'`);
  copy('run_item', { item_id: id, position: 'n' }, `run_item.run_id = '${run}' AND run_item.item_id = '${item}'`);
  copy('outcome', outcome, `outcome.run_id = '${run}' AND outcome.item_id = '${item}'`);
  database.exec(`UPDATE run SET total = ${items} WHERE id = '${run}'`);
  database.exec('COMMIT');
  database.close();
}
