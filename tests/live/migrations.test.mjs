// A migration that was broken off in the middle, live: the deployment says which, and the gateway goes on.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { fileOf } from './database.mjs';
import { eventually, startWorld } from './world.mjs';

const MIGRATIONS = readdirSync(join(import.meta.dirname, '../../edge/migrations')).sort();
const NEWEST = MIGRATIONS.at(-1).slice(0, 4);

let world;

before(async () => {
  world = await startWorld();
});
after(() => world?.close());

const health = () => world.api('GET', '/api/health', undefined, { token: null });

test('health names the migration that is applied in part, and the gateway goes on answering and logging', async () => {
  assert.equal((await health()).body.schema, NEWEST);
  const gateway = await world.key('ingest');
  const database = new DatabaseSync(await fileOf(world.state));
  try {
    database.exec('PRAGMA busy_timeout = 5000');
    const [newest] = database.prepare('SELECT id, name FROM d1_migrations ORDER BY id DESC LIMIT 1').all();
    // Of the migration that drops an index and a column, the index is gone and the column is not, nor is there a record.
    const column = 'run_spend ADD COLUMN under_way INTEGER NOT NULL DEFAULT 0';
    database.exec(`ALTER TABLE ${column}; DELETE FROM d1_migrations WHERE id = ${newest.id}`);
    const ill = await health();
    assert.deepEqual([ill.status, ill.body.status], [503, 503]);
    assert.equal(ill.body.detail, `migration ${NEWEST} is missing, or applied in part; apply it`);
    assert.ok(ill.headers.get('retry-after'));

    const reply = await world.api('POST', '/v1/chat/completions', { model: 'scripted/scripted', messages: [{ role: 'user', content: 'Where is my order?' }] }, { token: gateway });
    assert.equal(reply.status, 200);
    assert.match(reply.body.choices[0].message.content, /^Scripted answer/);
    await eventually(async () => (await world.api('GET', `/api/logs/${reply.headers.get('x-assay-log-id')}`)).status === 200);

    // Even without a trace of any migration.
    database.exec('ALTER TABLE d1_migrations RENAME TO elsewhere');
    const lost = await health();
    assert.deepEqual([lost.status, lost.body.detail], [503, `migrations up to ${NEWEST} are missing; apply them`]);
    assert.equal((await world.api('POST', '/v1/chat/completions', { model: 'demo/echo', messages: [{ role: 'user', content: 'Hi' }] }, { token: gateway })).status, 200);
    database.exec('ALTER TABLE elsewhere RENAME TO d1_migrations');

    database.exec('ALTER TABLE run_spend DROP COLUMN under_way');
    database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').run(newest.name);
    assert.equal((await health()).status, 200);
  } finally {
    database.close();
  }
});
