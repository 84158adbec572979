import { join } from 'node:path';
import { checkBoundaries } from './boundaries.mjs';
import { projectRoot } from './project.mjs';
import { mapBounded, reportStep } from './report.mjs';
import { runCommand } from './run-command.mjs';

/** @typedef {import('./run-command.mjs').CommandResult} CommandResult */

/**
 * @param {string} path below node_modules
 * @param {readonly string[]} args
 * @returns {() => Promise<CommandResult>}
 */
function nodeProgram(path, args) {
  return () => runCommand('node', [join(projectRoot, 'node_modules', path), ...args]);
}

/** Checks on the source as text, each with its name. They need the compiled types, but change nothing. */
const checks = [
  { name: 'types across promises and switches (eslint)', run: nodeProgram('eslint/bin/eslint.js', ['.']) },
  { name: 'boundaries (dependency-cruiser)', run: checkBoundaries },
  { name: 'dead code (knip)', run: nodeProgram('knip/bin/knip.js', ['--no-progress']) },
  { name: 'format and lint (biome)', run: nodeProgram('@biomejs/biome/bin/biome', ['check', '.']) },
  { name: 'types of the tools (tsc)', run: nodeProgram('typescript/bin/tsc', ['-p', 'tools/tsconfig.scripts.json']) },
];

/** @returns {Promise<{ passed: number, failed: number }>} */
export async function runChecks() {
  const results = await mapBounded(checks, 2, async ({ name, run }) => reportStep(name, await run()));
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed };
}
