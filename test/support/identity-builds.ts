import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { kernelFlags, m7Flags } from './m7-build.js';
import { projectRoot } from './shared.js';

/** One compiler with one set of flags, and how its program is started. */
export interface IdentityBuild {
  readonly name: string;
  readonly compiler: string;
  readonly flags: readonly string[];
  /** Program and arguments that run `program` over `data`. */
  readonly run: (program: string, data: string) => readonly string[];
  readonly isBoard?: boolean;
  /** What the processor must have, as /proc/cpuinfo names it. */
  readonly processorFlags?: readonly string[];
}

const testDir = join(projectRoot, 'firmware-bridge/kernel/test');
const sourceDir = join(projectRoot, 'firmware-bridge/kernel/src');
const timeoutMs = 180_000;
const boardDataBytes = 16 * 1024 * 1024;
const identitySources = ['identity/identity.c', 'identity/batch.c', 'batch_8.c', 'batch_16.c'];
const direct = (program: string, data: string) => [program, data];
const avx2 = { flags: ['-O3', '-mavx2', '-mfma'], run: direct, processorFlags: ['avx2', 'fma'] };
const avx512 = { flags: ['-O3', '-march=x86-64-v4'], run: direct, processorFlags: ['avx512f', 'avx512vl', 'avx512dq'] };

/** Every target that must give the same bits. The first is the one that the others are compared with. */
export const identityBuilds: readonly IdentityBuild[] = [
  ...(process.arch === 'x64'
    ? [
        { name: 'x86-64 AVX2 and FMA, gcc', compiler: 'gcc', ...avx2 },
        { name: 'x86-64 AVX2 and FMA, clang', compiler: 'clang', ...avx2 },
        { name: 'x86-64 AVX-512, gcc', compiler: 'gcc', ...avx512 },
        { name: 'x86-64 AVX-512, clang', compiler: 'clang', ...avx512 },
      ]
    : []),
  { name: 'host, software fmaf, gcc', compiler: 'gcc', flags: ['-O3', '-DLLN_FORCE_SOFTWARE_FMAF'], run: direct },
  { name: 'host, software fmaf, clang', compiler: 'clang', flags: ['-O2', '-DLLN_FORCE_SOFTWARE_FMAF'], run: direct },
  { name: 'host, not optimised, gcc', compiler: 'gcc', flags: ['-O0'], run: direct },
  { name: 'host, not optimised, clang', compiler: 'clang', flags: ['-O0'], run: direct },
  {
    name: 'AArch64, gcc, qemu-user',
    compiler: 'aarch64-linux-gnu-gcc',
    flags: ['-O3', '-static'],
    run: (program, data) => ['qemu-aarch64', program, data],
  },
  {
    name: 'Cortex-M7, gcc, qemu-system-arm',
    compiler: 'arm-none-eabi-gcc',
    flags: [...m7Flags, '-nostdlib', '-T', join(testDir, 'm7/m7.ld')],
    run: boardCommand,
    isBoard: true,
  },
];

/** The PSRAM of the machine is a file, which the host has filled before. */
function boardCommand(program: string, data: string): string[] {
  const memory = `memory-backend-file,id=psram,size=16M,mem-path=${data},share=off`;
  const machine = ['-M', 'mps2-an500,memory-backend=psram', '-object', memory, '-m', '16M', '-kernel', program];
  const silent = ['-display', 'none', '-monitor', 'none', '-serial', 'null'];
  return ['qemu-system-arm', ...machine, ...silent, '-semihosting-config', 'enable=on,target=native'];
}

/** Why a build cannot be made or run here, or false. */
export function obstacleOf(build: IdentityBuild): string | false {
  const runner = build.run('', '')[0] ?? '';
  const missing = [build.compiler, ...(runner === '' ? [] : [runner])].find((command) => !isCommand(command));
  if (missing !== undefined) return `there is no ${missing} on this machine (npm run setup installs it on Debian)`;
  const lacking = (build.processorFlags ?? []).filter((flag) => !processorFlags().has(flag));
  return lacking.length > 0 && `this processor has no ${lacking.join(', ')}`;
}

function isCommand(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore', timeout: timeoutMs }).status === 0;
}

function processorFlags(): Set<string> {
  const line = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'));
  return new Set(line?.[1]?.trim().split(' '));
}

/** Makes a data file as long as the board's memory, which the other programs do not mind. */
export function padForBoard(data: string): void {
  truncateSync(data, boardDataBytes);
}

/** Compiles the identity program into `folder` and runs it over `data`; returns its digest. */
export function digestOf(build: IdentityBuild, folder: string, data: string): string {
  const program = join(folder, build.name.replaceAll(/\W+/g, '-'));
  const kernel = readdirSync(sourceDir).filter((name) => name.endsWith('.c'));
  const main = build.isBoard === true ? ['identity/main_m7.c', 'm7/board.c'] : ['identity/main_posix.c'];
  const tests = [...identitySources, ...main].map((name) => join(testDir, name));
  const sources = [...kernel.map((name) => join(sourceDir, name)), ...tests];
  const libraries = build.isBoard === true ? ['-lgcc'] : [];
  finish(spawnSync(build.compiler, [...kernelFlags, ...build.flags, '-o', program, ...sources, ...libraries], options));
  const [command = '', ...args] = build.run(program, data);
  return finish(spawnSync(command, args, options)).trim();
}

const options = { encoding: 'utf8', timeout: timeoutMs } as const;

function finish(run: SpawnSyncReturns<string>): string {
  if (run.status === 0) return run.stdout === '' ? run.stderr : run.stdout;
  throw new Error(`${run.error?.message ?? `status ${run.status}`}: ${run.stderr}${run.stdout}`);
}
