import { runChecks } from './lib/checks.mjs';
import { compile } from './lib/compile.mjs';
import { setUp } from './lib/setup.mjs';
import { runTestFiles } from './lib/tap-files.mjs';

// npm run check: every check of the source as text, without running it.
process.exitCode = (await setUp({ forTests: false })) && (await compile()) && (await checkAll()) ? 0 : 1;

async function checkAll() {
  const checks = await runChecks();
  const tidy = await runTestFiles(['tidy/']);
  return checks.failed === 0 && tidy.failed === 0;
}
