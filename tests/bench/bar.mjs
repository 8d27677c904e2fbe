// What a measurement is held against. Leaves out measuring.

/**
 * Says whether a value keeps to its bar: the process ends in failure when one does not, after all that it measures.
 *
 * @param {string} what what was measured, with its unit
 * @param {number} value
 * @param {{ least?: number, most?: number }} bar
 */
export function hold(what, value, { least, most }) {
  const isMet = (least === undefined || value >= least) && (most === undefined || value <= most);
  const wanted = least === undefined ? `at most ${most} is wanted` : `at least ${least} is wanted`;
  console.log(`${what}: ${value.toFixed(3)}, ${wanted}: ${isMet ? 'met' : 'MISSED'}`);
  if (!isMet) process.exitCode = 1;
}
