import { join } from 'node:path';
import { projectRoot } from './project.mjs';
import { reportStep } from './report.mjs';
import { runCommand } from './run-command.mjs';

/** @returns {Promise<boolean>} whether the TypeScript of all workspaces compiled */
export async function compile() {
  const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
  return reportStep('compile (tsc -b)', await runCommand('node', [tsc, '-b']));
}
