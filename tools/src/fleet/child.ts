import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface ChildInit {
  readonly name: string;
  /** A compiled program of ours; or any other, with `isNative`. */
  readonly program: string;
  readonly isNative?: boolean;
  readonly args: readonly string[];
  /** For Node.js itself. */
  readonly nodeArgs?: readonly string[];
  /** Where its output is kept; appended to. */
  readonly logFile: string;
  readonly onLine?: (line: string) => void;
}

const stopTimeoutMs = 10_000;

/** A process of ours that runs until it is stopped, by its id. */
export class Child {
  readonly name: string;
  /** How it ended, once it has. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;
  #end: string | null = null;

  constructor({ name, program, isNative = false, args, nodeArgs = [], logFile, onLine }: ChildInit) {
    this.name = name;
    const [command, commandArgs] = isNative ? [program, args] : [process.execPath, [...nodeArgs, program, ...args]];
    this.#process = spawn(command, commandArgs, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(error.message));
      this.#process.once('exit', (code, signal) => resolve(signal ?? `status ${code}`));
    });
    void this.ended.then((end) => {
      this.#end = end;
    });
    keepOutput(this.#process, createWriteStream(logFile, { flags: 'a' }), onLine);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** How it ended; null while it runs. */
  get end(): string | null {
    return this.#end;
  }

  /** Asks it to end, and makes it end if it does not in time. */
  async stop(timeoutMs = stopTimeoutMs): Promise<void> {
    const force = setTimeout(() => this.#process.kill('SIGKILL'), timeoutMs);
    this.#process.kill('SIGTERM');
    await this.ended;
    clearTimeout(force);
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }
}

function keepOutput(
  child: ChildProcessByStdio<null, Readable, Readable>,
  log: WriteStream,
  onLine: ((line: string) => void) | undefined,
): void {
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  child.once('close', () => log.end());
  if (onLine !== undefined) createInterface({ input: child.stdout }).on('line', onLine);
}
