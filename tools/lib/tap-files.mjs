import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { projectRoot } from './project.mjs';
import { mapBounded, reportStep } from './report.mjs';
import { runCommand } from './run-command.mjs';
import { countAssertions } from './tap-counts.mjs';

/** Compiled tests. */
const testRoot = join(projectRoot, 'test/dist');
/** No test file may take longer. */
const fileTimeoutSeconds = 900;

/**
 * @typedef {object} FileResult
 * @property {string} file below test/dist
 * @property {number} passed assertions
 * @property {number} failed assertions; at least 1 if anything at all went wrong
 * @property {number} skipped assertions, todos included
 * @property {string[]} skips what was skipped and why
 * @property {string} output all that it printed
 * @property {number} seconds
 */

/**
 * Runs test files, as many at once as there are processors; prints a line for each, all of the output of those that
 * fail, and what was skipped.
 *
 * @param {readonly string[]} filters parts of paths below test/dist; none means all files
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>} assertions
 */
export async function runTestFiles(filters) {
  const files = await mapBounded(findTestFiles(filters), availableParallelism(), async (file) => {
    const result = await runTestFile(file);
    reportStep(`${file}  ${result.passed} passed`, { ...result, ok: result.failed === 0 });
    return result;
  });
  for (const { file, skips } of files) for (const skip of skips) console.log(`SKIPPED ${file}: ${skip}`);
  const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ key) =>
    files.reduce((total, file) => total + file[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/**
 * Test files, the slow kinds first, so that none of them runs alone at the end.
 *
 * @param {readonly string[]} filters parts of paths; none means all files
 * @returns {string[]} paths below test/dist
 */
function findTestFiles(filters) {
  const isSlow = (/** @type {string} */ file) => !file.startsWith('unit/') && !file.startsWith('tidy/');
  return readdirSync(testRoot, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js'))
    .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
    .sort((a, b) => Number(isSlow(b)) - Number(isSlow(a)) || a.localeCompare(b));
}

/**
 * Runs one compiled test file as plain JavaScript (tap's own runner would load a TypeScript compiler for each) and
 * reads its TAP.
 *
 * @param {string} file below test/dist
 * @returns {Promise<FileResult>}
 */
async function runTestFile(file) {
  const path = relative(projectRoot, join(testRoot, file));
  const result = await runCommand('node', ['--enable-source-maps', path], {
    timeoutSeconds: fileTimeoutSeconds,
    // The limit is ours: tap's own, of 30 s, would fail on a busy machine what is only slow there.
    env: { TAP_TIMEOUT: String(fileTimeoutSeconds) },
  });
  const counts = await countAssertions(result.stdout);
  // A file that asserts nothing, or ends badly after its last good assertion, has failed all the same.
  const isSilent = counts.passed + counts.failed + counts.skipped === 0;
  const failed = result.ok && !isSilent ? counts.failed : Math.max(1, counts.failed);
  return { ...counts, file, failed, output: result.output, seconds: result.seconds };
}
