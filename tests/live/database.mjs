// A look into the Worker's database from outside: which facts a power cut left behind.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Counts the completions and judgements that the database in a state directory holds. */
export async function factsStored(state) {
  const files = (await readdir(state, { recursive: true })).filter((file) => file.endsWith('.sqlite'));
  for (const file of files) {
    const database = new DatabaseSync(join(state, file), { readOnly: true });
    try {
      const tables = database.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name IN ('completion', 'judgement')").get();
      if (tables.n === 2) {
        const count = (table) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get().n;
        return { completions: count('completion'), judgements: count('judgement') };
      }
    } finally {
      database.close();
    }
  }
  throw new Error(`no file under ${state} holds the facts`);
}
