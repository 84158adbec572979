import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder, sourceFolder } from '../../fleet/project-paths.js';
import type { Probe } from '../measure/rounds.js';

/** As wide as this machine can, with fused multiply-adds; the reads stay as they are written. */
const flags = [
  '-std=c11',
  '-O3',
  '-march=native',
  '-ffp-contract=fast',
  '-funroll-loops',
  '-Wall',
  '-Wextra',
  '-Werror',
];
const timeoutMs = 60_000;

/** What one core can do at most. */
export interface Roof {
  readonly macsPerNs: number;
  readonly bytesPerNs: number;
}

/** What a step must do, whatever runs it: every weight is read once and multiplied once. */
export interface StepWork {
  readonly macs: number;
  readonly weightBytes: number;
}

/** The shortest time that a step can take: arithmetic and reading overlap, so the slower of the two decides. */
export function attainableNs({ macs, weightBytes }: StepWork, roof: Roof): number {
  return Math.max(macs / roof.macsPerNs, weightBytes / roof.bytesPerNs);
}

/** Compiles the program that measures this machine. @throws Error with what the compiler said */
export function compileRoofline(): string {
  mkdirSync(buildFolder, { recursive: true });
  const program = join(buildFolder, 'roofline');
  const source = join(sourceFolder, 'bench/roofline/roofline.c');
  execFileSync(process.env['CC'] ?? 'cc', [...flags, source, '-o', program], { timeout: timeoutMs });
  return program;
}

/** Multiply-accumulates per nanosecond. */
export function multiplyProbe(program: string): Probe {
  return { name: 'multiply', measure: () => ask(program, ['multiply']) };
}

/** Bytes per nanosecond out of the cache, or memory, that so many bytes fit in. */
export function readProbe(program: string, bytes: number): Probe {
  return { name: 'read', measure: () => ask(program, ['read', String(bytes)]) };
}

function ask(program: string, args: readonly string[]): number {
  const answer = Number(execFileSync(program, args, { timeout: timeoutMs, encoding: 'utf8' }));
  if (!(answer > 0)) throw new Error(`${program} ${args.join(' ')} gave ${answer}`);
  return answer;
}
