import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './compile.mjs';
import { projectRoot } from './project.mjs';
import { setUp } from './setup.mjs';

/**
 * Sets up and builds what is missing, then runs a compiled program of this folder in the foreground with our own
 * arguments, and ends with its exit status. The program gets the terminal's signals itself; we wait for it to tidy up.
 *
 * @param {string} program a folder of tools/src with a main.ts
 */
export async function runProgram(program) {
  const main = join(projectRoot, 'tools/dist', program, 'main.js');
  if (!(await setUp({ forTests: false })) || !(await compile()) || !existsSync(main)) {
    process.exitCode = 1;
    return;
  }
  const child = spawn(process.execPath, ['--enable-source-maps', main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.on('SIGINT', () => {}); // the terminal tells the child too
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.exitCode = await new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
