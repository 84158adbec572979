/** What the scripts of this folder share: compiling C into a temporary folder and running it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const testDir = dirname(fileURLToPath(import.meta.url));
const sourceDir = join(testDir, '../src');
const timeoutMs = 1_200_000;

const warnings = ['-std=gnu11', '-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror'];
const arithmetic = ['-ffp-contract=off', '-fno-strict-aliasing'];

/** A file of this folder. */
export const own = (name) => join(testDir, name);

/** The elementary functions against libm's. */
export const elementarySources = [own('test_elementary.c'), join(sourceDir, 'activation.c')];

/** What images are opened and stepped with, in both builds. */
export const exerciseSources = [
  own('exercise.c'),
  own('batch_8.c'),
  ...readdirSync(sourceDir)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(sourceDir, name)),
];

/** Runs a command to its end and shows what it prints. Throws if it fails. */
export function run(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: timeoutMs, maxBuffer: 1 << 28 });
  process.stdout.write(result.stdout ?? '');
  process.stderr.write(result.stderr ?? '');
  if (result.status !== 0) throw new Error(`${command} ended with ${result.status ?? result.signal}`);
}

/** Compiles `sources` into a program of `folder`; returns its path. */
export function build(compiler, folder, name, sources, flags) {
  const program = join(folder, name);
  run(compiler, [...warnings, ...arithmetic, ...flags, '-o', program, ...sources, '-lm']);
  return program;
}

/** Runs `work` in a temporary folder; exit status 1 if it throws. */
export function inTemporaryFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'lln-kernel-test-'));
  try {
    work(folder);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
