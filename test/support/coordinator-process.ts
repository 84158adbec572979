import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as v from 'valibot';
import { projectRoot } from './shared.js';

const readySchema = v.object({ msg: v.literal('ready'), url: v.string() });
const operatorSchema = v.strictObject({ broker: v.string(), username: v.string(), password: v.string() });
export type OperatorCredentials = v.InferOutput<typeof operatorSchema>;

interface ProcessEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

const startMsMax = 60_000;
/** A configuration whose checklist requires nothing: what a package needs for production is another test's story. */
const unrestricted = join(projectRoot, 'test/support/unrestricted.json');

/** A coordinator as a process of its own. */
export class CoordinatorProcess {
  readonly #child: ChildProcess;
  /** How it ended. */
  readonly ended: Promise<ProcessEnd>;
  /** The last line of its log. */
  lastLine = '';
  readonly dataDir: string;
  readonly url: string;

  private constructor(child: ChildProcess, ended: Promise<ProcessEnd>, dataDir: string, url: string) {
    this.#child = child;
    this.ended = ended;
    this.dataDir = dataDir;
    this.url = url;
  }

  /**
   * Starts one and waits until it is ready.
   * @param port 0 for a free one
   * @param onStarted told of one that is not ready yet, and may not be for long: it stands by
   */
  static async start(
    dataDir: string,
    port = 0,
    args: readonly string[] = [],
    onStarted?: (starting: { kill(): Promise<void> }) => void,
  ): Promise<CoordinatorProcess> {
    const main = join(projectRoot, 'coordinator/dist/main.js');
    const configured = args.includes('--config') ? args : ['--config', unrestricted, ...args];
    const child = spawn(process.execPath, [main, '--data-dir', dataDir, '--port', String(port), ...configured], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString('utf8');
    });
    const ended = new Promise<ProcessEnd>((resolve) =>
      child.once('exit', (status, signal) => resolve({ status, signal })),
    );
    onStarted?.({
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    });
    const lines = createInterface({ input: child.stdout });
    const url = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the coordinator does not start: ${stderr}`)), startMsMax);
      lines.on('line', (line) => {
        const ready = v.safeParse(readySchema, JSON.parse(line));
        if (ready.success) resolve(ready.output.url);
      });
      void ended.then(({ status }) => reject(new Error(`the coordinator ended with ${status}: ${stderr}`)));
      child.once('exit', () => clearTimeout(timer));
      child.stdout.once('data', () => clearTimeout(timer));
    });
    const started = new CoordinatorProcess(child, ended, dataDir, url);
    lines.on('line', (line) => {
      started.lastLine = line;
    });
    return started;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get operator(): OperatorCredentials {
    return v.parse(operatorSchema, JSON.parse(readFileSync(join(this.dataDir, 'operator.json'), 'utf8')));
  }

  /** Ends it without a warning. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Ends it as an init system does. @returns its exit status */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return (await this.ended).status;
  }
}
