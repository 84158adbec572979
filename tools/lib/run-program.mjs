import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.mjs';

/** The numbers of the standard streams, as a child takes them. */
const stderr = 2;

/**
 * Sets up and builds what is missing, then runs a compiled program in the foreground with our own
 * arguments, and ends with its exit status. Standard output is the program's alone: what is built is said on standard
 * error. The program gets the terminal's signals itself; we wait for it to tidy up.
 *
 * @param {string} program the folder of a compiled main.js
 */
export async function runProgram(program) {
  const main = join(projectRoot, program, 'main.js');
  const built = await run([join(projectRoot, 'tools/build.mjs')], ['ignore', stderr, stderr]);
  if (built !== 0 || !existsSync(main)) {
    process.exitCode = 1;
    return;
  }
  process.exitCode = await run(['--enable-source-maps', main, ...process.argv.slice(2)], 'inherit');
}

/**
 * @param {readonly string[]} args of node
 * @param {import('node:child_process').StdioOptions} stdio
 * @returns {Promise<number>} its exit status; 1 if it has none
 */
function run(args, stdio) {
  const child = spawn(process.execPath, args, { stdio });
  process.on('SIGINT', () => {}); // the terminal tells the child too
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
