/**
 * @typedef {object} TapCounts
 * @property {number} passed assertions
 * @property {number} failed assertions; at least 1 if the text says in any way that something went wrong
 * @property {number} skipped assertions and whole subtests, todos included
 * @property {string[]} skips what was skipped and why
 */

/**
 * Counts the assertions in TAP, those of subtests included; the line that sums a subtest up is not one more.
 *
 * @param {string} text
 * @returns {Promise<TapCounts>}
 */
export async function countAssertions(text) {
  const { Parser } = await import('tap-parser'); // not there before the dependencies are installed
  /** @type {TapCounts} */
  const counts = { passed: 0, failed: 0, skipped: 0, skips: [] };
  return new Promise((resolve) => {
    const parser = new Parser((/** @type {import('tap-parser').FinalResults} */ { ok }) => {
      resolve(ok ? counts : { ...counts, failed: Math.max(1, counts.failed) });
    });
    follow(parser, counts);
    parser.end(text);
  });
}

/**
 * @param {import('tap-parser').Parser} parser
 * @param {TapCounts} counts
 */
function follow(parser, counts) {
  let isSummary = false;
  parser.on('child', (child) => {
    isSummary = true;
    follow(child, counts);
  });
  parser.on('assert', (assertion) => {
    if (!isSummary) count(assertion, counts);
    isSummary = false;
  });
}

/**
 * @param {import('tap-parser').Result} assertion
 * @param {TapCounts} counts
 */
function count({ ok, skip, todo, fullname }, counts) {
  if (skip || todo) {
    counts.skipped += 1;
    counts.skips.push(`${fullname}: ${skip || todo}`);
  } else if (ok) counts.passed += 1;
  else counts.failed += 1;
}
