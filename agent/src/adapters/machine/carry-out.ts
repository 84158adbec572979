import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LlnError } from '@liquid-lln/protocol';
import type { ServiceStep } from '../../domain/service-files.js';

export interface CarryOutOptions {
  /** A folder that stands for `/`; commands, which would change the real machine, do not run there. */
  readonly root: string;
  readonly isDryRun: boolean;
  readonly say: (line: string) => void;
}

const commandTimeoutMs = 60_000;

/**
 * Does the steps in their order and says each of them.
 * @throws LlnError FILE_UNWRITABLE; or with the output of a command that failed
 */
export function carryOut(steps: readonly ServiceStep[], options: CarryOutOptions): void {
  for (const step of steps) carryOutStep(step, options);
}

function carryOutStep(step: ServiceStep, options: CarryOutOptions): void {
  switch (step.kind) {
    case 'folder':
      makeFolder(step, options);
      break;
    case 'file':
      writeFile(step, options);
      break;
    case 'remove':
      removeFile(step.path, options);
      break;
    case 'run':
      runCommand(step.command, options);
      break;
  }
}

function makeFolder({ path, mode }: Extract<ServiceStep, { kind: 'folder' }>, options: CarryOutOptions): void {
  const place = join(options.root, path);
  if (existsSync(place)) return void options.say(`keep    ${place}/`);
  options.say(`make    ${place}/`);
  if (options.isDryRun) return;
  change(place, () => {
    mkdirSync(place, { recursive: true });
    chmodSync(place, mode);
  });
}

function writeFile(step: Extract<ServiceStep, { kind: 'file' }>, options: CarryOutOptions): void {
  const place = join(options.root, step.path);
  const present = readText(place);
  if (present !== null && (step.ifPresent === 'keep' || present === step.content))
    return void options.say(`keep    ${place}`);
  options.say(`${present === null ? 'write  ' : 'replace'} ${place}`);
  if (options.isDryRun) return;
  change(place, () => {
    mkdirSync(dirname(place), { recursive: true });
    // In one step: whoever reads it meanwhile finds the whole old file or the whole new one.
    const fresh = `${place}.new`;
    writeFileSync(fresh, step.content, { mode: step.mode });
    chmodSync(fresh, step.mode);
    renameSync(fresh, place);
  });
}

function removeFile(path: string, options: CarryOutOptions): void {
  const place = join(options.root, path);
  if (!existsSync(place)) return void options.say(`absent  ${place}`);
  options.say(`remove  ${place}`);
  if (!options.isDryRun) change(place, () => rmSync(place));
}

function runCommand(command: readonly [string, ...string[]], options: CarryOutOptions): void {
  const line = command.join(' ');
  if (options.root !== '/')
    return void options.say(`leave   ${line} (it would change this machine, not ${options.root})`);
  options.say(`run     ${line}`);
  if (options.isDryRun) return;
  const [program, ...args] = command;
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: commandTimeoutMs });
  if (status === 0) return;
  const reason = error?.message ?? (stderr.trim() || `status ${status}`);
  throw new LlnError('FILE_UNWRITABLE', `${line} failed: ${reason}`, { command: line });
}

function change(path: string, action: () => void): void {
  try {
    action();
  } catch (cause) {
    throw new LlnError('FILE_UNWRITABLE', `cannot change ${path}: ${String(cause)}`, { path }, cause);
  }
}

/** Null if there is no such file. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new LlnError('FILE_UNREADABLE', `cannot read ${path}`, { path }, cause);
  }
}
