import { execFile } from 'node:child_process';
import { programs } from './project-paths.js';

/** How a run of the command line ended. */
export interface CliResult {
  readonly exitCode: number;
  /** The one JSON document that it printed. */
  readonly document: unknown;
}

const timeoutMs = 120_000;
const outputBytesMax = 64 * 1024 * 1024;

/**
 * Runs `liquid-lln … --json` as a process.
 * @throws Error if it does not answer in JSON, or not in time
 */
export function runCli(args: readonly string[], signal?: AbortSignal): Promise<CliResult> {
  const settings = { timeout: timeoutMs, maxBuffer: outputBytesMax, ...(signal === undefined ? {} : { signal }) };
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [programs.cli, ...args, '--json'], settings, (error, stdout, stderr) => {
      const exitCode = child.exitCode;
      if (exitCode === null) return reject(error ?? new Error(`liquid-lln ${args[0]} was ended`));
      try {
        resolve({ exitCode, document: JSON.parse(stdout) });
      } catch (cause) {
        reject(new Error(`liquid-lln ${args.join(' ')} printed no JSON: ${stdout}${stderr}`, { cause }));
      }
    });
  });
}

/**
 * Runs it and wants it to succeed.
 * @throws Error with what it said instead
 */
export async function expectCli(args: readonly string[], signal?: AbortSignal): Promise<unknown> {
  const { exitCode, document } = await runCli(args, signal);
  if (exitCode === 0) return document;
  throw new Error(`liquid-lln ${args.join(' ')} ended with status ${exitCode}: ${JSON.stringify(document)}`);
}
