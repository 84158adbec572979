import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder, kernelFolder, sourceFolder } from '../../fleet/project-paths.js';
import { type InstructionCounts, parseCounts } from './counts.js';

/** A product of a matrix and a vector. */
export interface ProductShape {
  readonly inputs: number;
  readonly outputs: number;
}

/** Counts, or says why it cannot. */
export type M7Counter =
  | { count(image: Uint8Array, products: readonly ProductShape[]): InstructionCounts }
  | { readonly fault: string };

const compiler = 'arm-none-eabi-gcc';
const emulator = 'qemu-system-arm';
const processor = ['-mcpu=cortex-m7', '-mthumb', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard'];
const kernelFlags = ['-std=gnu11', '-O3', '-ffp-contract=off', '-fno-math-errno', '-fno-trapping-math'];
const boardFlags = ['-fno-strict-aliasing', '-ffreestanding', '-nostdlib'];
const timeoutMs = 120_000;
/** The memory that the emulated machine shares with us, and where the image lies in it. */
const memoryBytes = 16 * 1024 * 1024;
const imageOffset = 4096;

/** Compiles the kernel with the program that counts. */
export function prepareM7Counter(): M7Counter {
  const missing = [compiler, emulator].find((command) => spawnSync(command, ['--version']).status !== 0);
  if (missing !== undefined) return { fault: `there is no ${missing}` };
  mkdirSync(buildFolder, { recursive: true });
  const program = join(buildFolder, 'count-m7.elf');
  const board = join(kernelFolder, 'test/m7');
  const sources = readdirSync(join(kernelFolder, 'src')).filter((name) => name.endsWith('.c'));
  run(compiler, [
    ...[...processor, ...kernelFlags, ...boardFlags, '-T', join(board, 'm7.ld'), '-o', program],
    ...sources.map((name) => join(kernelFolder, 'src', name)),
    ...[join(board, 'board.c'), join(sourceFolder, 'bench/m7/count_m7.c'), '-lgcc'],
  ]);
  return { count: (image, products) => emulate(program, image, products) };
}

function emulate(program: string, image: Uint8Array, products: readonly ProductShape[]): InstructionCounts {
  const memory = join(buildFolder, 'm7-memory.bin');
  writeFileSync(memory, memoryOf(image, products));
  const backend = `memory-backend-file,id=psram,size=16M,mem-path=${memory},share=off`;
  const machine = ['-M', 'mps2-an500,memory-backend=psram', '-object', backend, '-m', '16M', '-icount', 'shift=10'];
  const silent = ['-display', 'none', '-monitor', 'none', '-serial', 'null'];
  const semihosting = ['-semihosting-config', 'enable=on,target=native'];
  return parseCounts(run(emulator, [...machine, ...silent, ...semihosting, '-kernel', program]));
}

/** The request, then the image, as count_m7.c reads them. */
function memoryOf(image: Uint8Array, products: readonly ProductShape[]): Uint8Array {
  const memory = new Uint8Array(memoryBytes);
  const view = new DataView(memory.buffer);
  const request = [image.length, products.length, ...products.flatMap(({ inputs, outputs }) => [inputs, outputs])];
  for (const [i, value] of request.entries()) view.setUint32(i * 4, value, true);
  memory.set(image, imageOffset);
  return memory;
}

/** @returns all that it printed @throws Error if it fails */
function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: timeoutMs });
  if (status === 0) return stdout + stderr;
  throw new Error(`${command}: ${error?.message ?? `status ${status}`} ${stderr}${stdout}`);
}
