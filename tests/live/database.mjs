// A look into the Worker's database from outside: which facts a power cut left behind.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Counts the completions and judgements that the database in a state directory holds. */
export async function factsStored(state) {
  const [facts] = await rowsOf(state, 'SELECT (SELECT count(*) FROM completion) AS completions, (SELECT count(*) FROM judgement) AS judgements');
  return { completions: facts.completions, judgements: facts.judgements };
}

/** The runtime may be writing: a file that is locked is waited for. */
const READING = { readOnly: true, timeout: 10_000 };

/** Reads rows from the database in a state directory. */
export async function rowsOf(state, sql) {
  const database = new DatabaseSync(await fileOf(state), READING);
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** Finds the file of the database: the platform keeps others beside it. */
export async function fileOf(state) {
  const files = (await readdir(state, { recursive: true })).filter((file) => file.endsWith('.sqlite'));
  for (const file of files) {
    const database = new DatabaseSync(join(state, file), READING);
    try {
      const { n } = database.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name IN ('completion', 'judgement')").get();
      if (n === 2) return join(state, file);
    } finally {
      database.close();
    }
  }
  throw new Error(`no file under ${state} holds the facts`);
}
