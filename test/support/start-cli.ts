import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CliRun } from './run-cli.js';
import { projectRoot } from './shared.js';

/** `liquid-lln` as a process that goes on while the test watches it. */
export interface StartedCli {
  readonly pid: number;
  /** Waits for output that matches. @returns the first group of the match, or all of it */
  untilStdout(pattern: RegExp): Promise<string>;
  untilStderr(pattern: RegExp): Promise<string>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<CliRun>;
}

const waitMsMax = 30_000;

/**
 * Starts it. Whoever starts it ends it; it is asked to end after two minutes.
 * @param program another one than this checkout's
 */
export function startCli(args: readonly string[], program: string = join(projectRoot, 'cli/dist/main.js')): StartedCli {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  const { pid, stdout, stderr } = child;
  if (pid === undefined) throw new Error('the command line did not start');
  const outputs = { stdout: '', stderr: '' };
  stdout.on('data', (data: Buffer) => {
    outputs.stdout += data.toString();
  });
  stderr.on('data', (data: Buffer) => {
    outputs.stderr += data.toString();
  });
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null, ...outputs }));
  const early = ended.then(({ exitCode }) => {
    throw new Error(`liquid-lln ${args[0]} ended with ${exitCode}: ${outputs.stderr}`);
  });
  early.catch(() => undefined); // nobody may be waiting
  const until = async (name: keyof typeof outputs, pattern: RegExp): Promise<string> => {
    const signal = AbortSignal.timeout(waitMsMax);
    for (;;) {
      const match = pattern.exec(outputs[name]);
      if (match !== null) return match[1] ?? match[0];
      await Promise.race([once(child[name], 'data', { signal }), early]);
    }
  };
  return {
    pid,
    untilStdout: (pattern) => until('stdout', pattern),
    untilStderr: (pattern) => until('stderr', pattern),
    signal: (name) => void child.kill(name),
    ended,
  };
}
