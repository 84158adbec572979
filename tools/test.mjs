import { runChecks } from './lib/checks.mjs';
import { compile } from './lib/compile.mjs';
import { setUp } from './lib/setup.mjs';
import { runTestFiles } from './lib/tap-files.mjs';

// npm test: everything. npm test -- PART...: only the test files whose path contains one of the parts.
const filters = process.argv.slice(2);

const { passed, failed, skipped } = await testAll();
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** Counts assertions, and each check as one. What cannot even be built is one failure. */
async function testAll() {
  if (!(await setUp({ forTests: true })) || !(await compile())) return { passed: 0, failed: 1, skipped: 0 };
  const checks = filters.length === 0 ? await runChecks() : { passed: 0, failed: 0 };
  const files = await runTestFiles(filters);
  return { ...files, passed: checks.passed + files.passed, failed: checks.failed + files.failed };
}
