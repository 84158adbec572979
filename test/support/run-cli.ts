import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runCli } from '@liquid-lln/cli';
import { projectRoot } from './shared.js';

/** What a run of `liquid-lln` left. */
export interface CliRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `liquid-lln` within this process. */
export async function runCliHere(args: readonly string[]): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  const exitCode = await runCli(args, {
    writeOut: (text) => {
      stdout += text;
    },
    writeErr: (text) => {
      stderr += text;
    },
  });
  return { exitCode, stdout, stderr };
}

/** Runs `liquid-lln` as a process of its own, as a shell would; null as exit code means that it did not end in time. */
export function runCliProcess(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliRun {
  const main = join(projectRoot, 'cli/dist/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  });
  return { exitCode: status, stdout, stderr };
}
