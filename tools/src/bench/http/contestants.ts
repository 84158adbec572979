import { join } from 'node:path';
import { parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { packExample, type Recipe } from '../../demo/packages.js';
import { Child } from '../../fleet/child.js';
import { LocalFleet } from '../../fleet/local-fleet.js';
import { programs } from '../../fleet/project-paths.js';
import { waitFor } from '../../fleet/wait-until.js';
import { exampleName, requestBody } from './example.js';

/** A server under test, in a process of its own. */
export interface Contestant {
  readonly name: string;
  readonly url: string;
  stop(): Promise<void>;
}

const startTimeoutMs = 20_000;
const announcementSchema = v.object({ url: v.string() });
const answerSchema = v.object({ output: v.array(v.number()) });
const gatewayId = 'bench';

/** Budgets that no busy machine breaks: nothing here is about the policy. */
const generousMs = 1_000;
export const benchPackages: readonly Recipe[] = ['1.0.0', '1.0.1'].map((version) => ({
  network: exampleName,
  name: exampleName,
  version,
  latencyMs: generousMs,
}));

const deployOptions = [
  ...['--target', 'simulation', '--soak', '1s'],
  ...['windowSeconds=1', 'windowInferencesMin=1', 'evidenceInferencesMin=1', 'heartbeatSeconds=0.5'].flatMap(
    (limit) => ['--set', limit],
  ),
];

/** The agent, as a fleet of one has it: with its coordinator, which has nothing to do, and a confirmed package. */
export class AgentContestant implements Contestant {
  readonly name = 'agent';
  readonly gatewayId = gatewayId;
  readonly fleet: LocalFleet;

  private constructor(fleet: LocalFleet) {
    this.fleet = fleet;
  }

  static async start(folder: string): Promise<AgentContestant> {
    const contestant = new AgentContestant(
      await LocalFleet.start({ folder, gateways: [gatewayId], environment: 'simulation' }),
    );
    try {
      for (const recipe of benchPackages) await contestant.#register(recipe);
      return contestant;
    } catch (error) {
      await contestant.stop();
      throw error;
    }
  }

  get url(): string {
    return this.#agent.url;
  }

  /** Its process. */
  get pid(): number {
    const { pid } = this.#agent.process;
    if (pid === undefined) throw new Error('the agent has no process');
    return pid;
  }

  /** Makes one of the packages live, and waits until it is confirmed. */
  async deploy({ name, version }: Recipe): Promise<void> {
    await this.#deploy('--package', `${name}@${version}`);
  }

  stop(): Promise<void> {
    return this.fleet.stop();
  }

  async #register(recipe: Recipe): Promise<void> {
    const { file } = await packExample(this.fleet.folder, this.fleet.signingKey, recipe);
    await this.#deploy('--model', file);
  }

  async #deploy(...what: string[]): Promise<void> {
    const { exitCode, document } = await this.fleet.cli('deploy', ...what, ...deployOptions);
    if (exitCode !== 0) throw new Error(`${what.join(' ')} was not deployed: ${JSON.stringify(document)}`);
  }

  get #agent() {
    const [agent] = this.fleet.agents;
    if (agent === undefined) throw new Error('the fleet has no agent');
    return agent;
  }
}

/** A server that says in its first line where it is. */
export async function startServer(
  name: string,
  program: 'bareServer' | 'plainServer' | 'onnxServer',
  folder: string,
  args: readonly string[] = [],
): Promise<Contestant> {
  let url: string | null = null;
  const child = new Child({
    name,
    program: programs[program],
    args,
    logFile: join(folder, `${name}.log`),
    onLine: (line) => {
      url = parseWith(announcementSchema, JSON.parse(line), `the first line of ${name}`).url;
    },
  });
  const found = await waitFor({ what: `${name} is up`, timeoutMs: startTimeoutMs, everyMs: 50 }, () => {
    if (child.end !== null) throw new Error(`${name} ended with ${child.end}; its log is ${folder}/${name}.log`);
    return url;
  });
  return { name, url: found, stop: () => child.stop() };
}

/** The answer to the request that the bench makes, as it came and as numbers. */
export async function askOnce({ name, url }: Contestant) {
  const response = await fetch(`${url}/inference`, {
    method: 'POST',
    body: requestBody,
    headers: { 'content-type': 'application/json' },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${name} answered ${response.status}: ${text}`);
  return { text, output: parseWith(answerSchema, JSON.parse(text), `the answer of ${name}`).output };
}
