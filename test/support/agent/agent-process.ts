import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../shared.js';
import { waitFor } from '../wait-for.js';
import { testKeys } from './signed-package.js';
import { testFleet } from './stand-in-fleet.js';

export interface AgentProcessOptions {
  readonly broker: string;
  readonly gatewayId?: string;
  /** The folder of an earlier process, to start again where it stopped. */
  readonly folder?: string;
  readonly config?: object;
  /** Beside our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than that of the checkout. */
  readonly program?: string;
}

/** A real agent, as its bin starts it. */
export class AgentProcess {
  readonly folder: string;
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #output: () => string;

  private constructor(child: ChildProcess, folder: string, url: string, output: () => string) {
    this.#child = child;
    this.folder = folder;
    this.url = url;
    this.#output = output;
  }

  static async start(options: AgentProcessOptions): Promise<AgentProcess> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'lln-agent-'));
    const configPath = writeConfig(folder, options);
    rmSync(join(folder, 'data/http.json'), { force: true });
    const program = options.program ?? join(projectRoot, 'agent/dist/main.js');
    const child = spawn(process.execPath, [program, '--config', configPath], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    let output = '';
    const keep = (text: Buffer) => {
      output += text.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const isReady = () => output.includes('"msg":"ready"') || child.exitCode !== null;
    await waitFor('the agent to be ready', isReady, { timeoutMs: 15_000 });
    if (child.exitCode !== null) throw new Error(`the agent did not start: ${output}`);
    const { url } = JSON.parse(readFileSync(join(folder, 'data/http.json'), 'utf8')) as { url: string };
    return new AgentProcess(child, folder, url, () => output);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it has written so far. */
  get output(): string {
    return this.#output();
  }

  async infer(body: unknown): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${this.url}/inference`, { method: 'POST', body: text });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async get(path: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const response = await fetch(`${this.url}${path}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** Stops it and waits for its end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill(signal);
      await ended;
    }
    return this.#child.exitCode;
  }
}

function writeConfig(folder: string, { broker, gatewayId = 'gw-1', config = {} }: AgentProcessOptions): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'trusted.pub'), testKeys.publicPem);
  const path = join(folder, 'agent.json');
  const content = {
    gatewayId,
    environment: 'production',
    site: 'lab',
    fleet: testFleet,
    dataDir: 'data',
    trustedKeys: ['trusted.pub'],
    broker: { url: broker },
    http: { port: 0 },
    ...config,
  };
  writeFileSync(path, JSON.stringify(content));
  return path;
}
