import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder, kernelFolder, sourceFolder } from '../../fleet/project-paths.js';

/** A program for the emulated Cortex-M7, and how it was linked. */
export interface BoardProgram {
  readonly path: string;
  /** What the linker says of where everything lies. */
  readonly mapPath: string;
}

const compiler = 'arm-none-eabi-gcc';
const emulator = 'qemu-system-arm';
const processor = ['-mcpu=cortex-m7', '-mthumb', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard', '-ffreestanding'];
const kernelFlags = ['-std=gnu11', '-O3', '-ffp-contract=off', '-fno-math-errno', '-fno-trapping-math'];
const sectionFlags = ['-fno-strict-aliasing', '-ffunction-sections', '-fdata-sections'];
const timeoutMs = 120_000;
/** The memory that the emulated machine shares with us, and where an image lies in it. */
const memoryBytes = 16 * 1024 * 1024;
const imageOffset = 4096;

/** What is missing here to run programs of the board, or null. */
export function boardFault(): string | null {
  const missing = [compiler, emulator].find((command) => spawnSync(command, ['--version']).status !== 0);
  return missing === undefined ? null : `there is no ${missing}`;
}

/** Compiles the kernel with `main`, a file of this folder. What is not called is not linked. */
export function compileForBoard(main: string): BoardProgram {
  const folder = join(buildFolder, 'm7', main);
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(join(kernelFolder, 'src')).filter((name) => name.endsWith('.c'));
  const sources = [
    ...names.map((name) => join(kernelFolder, 'src', name)),
    join(kernelFolder, 'test/m7/board.c'),
    join(sourceFolder, 'bench/m7', main),
  ];
  const objects = sources.map((source, i) => {
    const object = join(folder, `${names[i] ?? `main-${i}`}.o`);
    run(compiler, [...processor, ...kernelFlags, ...sectionFlags, '-c', source, '-o', object]);
    return object;
  });
  const program = { path: join(folder, 'program.elf'), mapPath: join(folder, 'program.map') };
  const layout = ['-nostdlib', '-T', join(kernelFolder, 'test/m7/m7.ld'), '-Wl,--gc-sections'];
  const map = `-Wl,-Map=${program.mapPath}`;
  run(compiler, [...processor, ...layout, map, ...objects, '-lgcc', '-o', program.path]);
  return program;
}

/** Runs a program with a network's image and a few words about it; returns what it printed. @throws Error if it fails */
export function runOnBoard({ path }: BoardProgram, words: readonly number[], image: Uint8Array): string {
  const memoryPath = join(buildFolder, 'm7-memory.bin');
  const memory = new Uint8Array(memoryBytes);
  const view = new DataView(memory.buffer);
  for (const [i, value] of words.entries()) view.setUint32(i * 4, value, true);
  memory.set(image, imageOffset);
  writeFileSync(memoryPath, memory);
  const backend = `memory-backend-file,id=psram,size=16M,mem-path=${memoryPath},share=off`;
  const machine = ['-M', 'mps2-an500,memory-backend=psram', '-object', backend, '-m', '16M', '-icount', 'shift=10'];
  const silent = ['-display', 'none', '-monitor', 'none', '-serial', 'null'];
  const semihosting = ['-semihosting-config', 'enable=on,target=native'];
  return run(emulator, [...machine, ...silent, ...semihosting, '-kernel', path]);
}

/** @returns all that it printed @throws Error if it fails */
function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: timeoutMs });
  if (status === 0) return stdout + stderr;
  throw new Error(`${command}: ${error?.message ?? `status ${status}`} ${stderr}${stdout}`);
}
