import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as v from 'valibot';
import { projectRoot } from './shared.js';

const readySchema = v.object({ msg: v.literal('ready'), url: v.string() });
const operatorSchema = v.strictObject({ broker: v.string(), username: v.string(), password: v.string() });
export type OperatorCredentials = v.InferOutput<typeof operatorSchema>;

const startMsMax = 20_000;

/** A coordinator as a process of its own. */
export class CoordinatorProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly dataDir: string;
  readonly url: string;

  private constructor(child: ChildProcess, ended: Promise<number | null>, dataDir: string, url: string) {
    this.#child = child;
    this.#ended = ended;
    this.dataDir = dataDir;
    this.url = url;
  }

  /** Starts one and waits until it is ready. @param port 0 for a free one */
  static async start(dataDir: string, port = 0, args: readonly string[] = []): Promise<CoordinatorProcess> {
    const main = join(projectRoot, 'coordinator/dist/main.js');
    const child = spawn(process.execPath, [main, '--data-dir', dataDir, '--port', String(port), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString('utf8');
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    const url = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the coordinator does not start: ${stderr}`)), startMsMax);
      createInterface({ input: child.stdout }).on('line', (line) => {
        const ready = v.safeParse(readySchema, JSON.parse(line));
        if (ready.success) resolve(ready.output.url);
      });
      void ended.then((code) => reject(new Error(`the coordinator ended with ${code}: ${stderr}`)));
      child.once('exit', () => clearTimeout(timer));
      child.stdout.once('data', () => clearTimeout(timer));
    });
    return new CoordinatorProcess(child, ended, dataDir, url);
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
    await this.#ended;
  }

  /** Ends it as an init system does. @returns its exit status */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }
}
