import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder, kernelFolder } from '../../fleet/project-paths.js';
import { type FunctionAccuracy, parseAccuracy } from './accuracy.js';

/** Vectorised for this machine, as the library is; the functions' bits are the same in every build. */
const flags = ['-std=gnu11', '-O3', '-march=native', '-ffp-contract=off', '-fno-strict-aliasing', '-pthread'];
const compileTimeoutMs = 60_000;
const runTimeoutMs = 3_600_000;

/** Compiles the kernel's test of its elementary functions. @throws Error with what the compiler said */
export function compileAccuracyProgram(): string {
  mkdirSync(buildFolder, { recursive: true });
  const program = join(buildFolder, 'accuracy');
  const sources = ['test/test_elementary.c', 'src/activation.c'].map((name) => join(kernelFolder, name));
  const args = [...flags, ...sources, '-o', program, '-lm'];
  execFileSync(process.env['CC'] ?? 'cc', args, { timeout: compileTimeoutMs });
  return program;
}

/** Takes every `stride`-th float. @throws Error if an error exceeds the documented limit */
export function measureAccuracy(program: string, name: string, stride: number): FunctionAccuracy {
  const args = [String(stride), name];
  return parseAccuracy(name, execFileSync(program, args, { timeout: runTimeoutMs, encoding: 'utf8' }));
}
