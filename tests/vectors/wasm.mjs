// Tries every reference vector in Wasm, as `native.rs` does natively, and says which are wrong and why.

import { readFile } from 'node:fs/promises';
import { check, ids, initSync } from '../../.tools/vectors/vectors.js';

initSync({ module: await readFile(new URL('../../.tools/vectors/vectors_bg.wasm', import.meta.url)) });

/** Gives what is wrong with a vector, if anything is. */
function wrong(id) {
  try {
    return check(id);
  } catch (error) {
    return `it panicked (${error.message}); the lines above say where`;
  }
}

let failed = 0;
for (const id of ids()) {
  const why = wrong(id);
  if (why !== undefined) {
    failed += 1;
    console.error(`${id}: ${why}`);
  }
}
console.log(`${ids().length} vectors tried in Wasm, ${failed} wrong`);
process.exitCode = failed > 0 || ids().length === 0 ? 1 : 0;
