// Files of rows, live: they come page by page, and one whose next page does not come says so in its last line.
//
// Leaves out what stands in them, which is tried natively.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { fileOf } from './database.mjs';
import { setOf } from './runs.mjs';
import { startWorld } from './world.mjs';

/** More than a page. */
const ITEMS = 1_200;

let world;
let set;

before(async () => {
  world = await startWorld();
  set = await setOf(world, ITEMS);
});
after(() => world?.close());

const save = () => fetch(`${world.url}/api/sets/${set.id}/export`, { headers: { authorization: `Bearer ${world.token}` } });

test('a file of several pages is whole', async () => {
  const saved = await save();
  assert.equal(saved.status, 200);
  const lines = (await saved.text()).trimEnd().split('\n');
  assert.equal(new Set(lines).size, ITEMS);
});

test('a file that breaks off never ends as if it were whole', async () => {
  const database = new DatabaseSync(await fileOf(world.state));
  database.exec('PRAGMA busy_timeout = 5000');
  const { id } = database.prepare('SELECT id FROM set_item ORDER BY id DESC LIMIT 1').get();
  // Its body is said to be elsewhere, and is not.
  database.prepare("UPDATE set_item SET request = NULL, reference = NULL, blob = 'gone' WHERE id = ?").run(id);
  database.close();
  const saved = await save();
  assert.equal(saved.status, 200, 'the first page is whole');
  const lines = (await saved.text()).trimEnd().split('\n');
  assert.ok(lines.length < ITEMS);
  // Whoever saves it would not be told otherwise: of a body whose length is not known, workerd writes an end all the same.
  assert.match(JSON.parse(lines.at(-1)).error, /^the file breaks off here/);
});
