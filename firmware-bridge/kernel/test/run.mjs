#!/usr/bin/env node
/**
 * Compiles and runs the kernel's C tests: `run.mjs IMAGE...`. The elementary functions are tested in optimised code,
 * the images under AddressSanitizer and UndefinedBehaviorSanitizer. Exit status 1 if a test fails.
 */
import { build, elementarySources, exerciseSources, inTemporaryFolder, own, run } from './compile.mjs';

const compiler = process.env.CC || 'cc';
const sanitizers = ['-g', '-O1', '-march=native', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

inTemporaryFolder((folder) => {
  const fast = ['-O3', '-march=native', '-pthread'];
  run(build(compiler, folder, 'test_elementary', elementarySources, fast), []);
  const sources = [own('test_images.c'), ...exerciseSources];
  run(build(compiler, folder, 'test_images', sources, sanitizers), ['1', ...process.argv.slice(2)]);
});
