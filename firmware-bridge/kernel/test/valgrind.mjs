#!/usr/bin/env node
/**
 * Runs the images' tests under valgrind: `valgrind.mjs IMAGE...`. Unlike the sanitizers it sees where a result depends
 * on memory that nobody has written. Exit status 1 if it finds anything.
 */
import { build, exerciseSources, inTemporaryFolder, own, run } from './compile.mjs';

const compiler = process.env.CC || 'cc';
/** Without -march=native: valgrind does not know every instruction of a new processor. */
const flags = ['-g', '-O1', '-DLLN_LEAVE_SCRATCH'];
/** It is fifty times slower than the processor. */
const every = '67';

inTemporaryFolder((folder) => {
  const program = build(compiler, folder, 'test_images', [own('test_images.c'), ...exerciseSources], flags);
  const checks = ['--quiet', '--error-exitcode=1', '--leak-check=full', '--errors-for-leak-kinds=all'];
  run('valgrind', [...checks, program, every, ...process.argv.slice(2)]);
});
