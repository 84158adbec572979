#!/usr/bin/env node
/**
 * Compiles and runs the kernel's C tests: `run.mjs IMAGE...`. The elementary functions are tested in optimised code,
 * the images under AddressSanitizer and UndefinedBehaviorSanitizer. Exit status 1 if a test fails.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const testDir = dirname(fileURLToPath(import.meta.url));
const sourceDir = join(testDir, '../src');
const compiler = process.env.CC || 'cc';
const timeoutMs = 240_000;

const warnings = ['-std=gnu11', '-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror'];
const arithmetic = ['-ffp-contract=off', '-fno-strict-aliasing'];
const sanitizers = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

function run(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: timeoutMs });
  process.stdout.write(result.stdout ?? '');
  process.stderr.write(result.stderr ?? '');
  if (result.status !== 0) throw new Error(`${command} ended with ${result.status ?? result.signal}`);
}

function build(folder, name, sources, flags) {
  const program = join(folder, name);
  run(compiler, [...warnings, ...arithmetic, ...flags, '-o', program, ...sources, '-lm']);
  return program;
}

const folder = mkdtempSync(join(tmpdir(), 'lln-kernel-test-'));
try {
  const kernel = readdirSync(sourceDir)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(sourceDir, name));
  const own = (name) => join(testDir, name);
  run(build(folder, 'test_elementary', [own('test_elementary.c')], ['-O3', '-march=native', '-pthread']), []);
  const sources = [own('test_images.c'), own('exercise.c'), ...kernel];
  run(build(folder, 'test_images', sources, sanitizers), process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
