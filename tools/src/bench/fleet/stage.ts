import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateSigningKeys, parseWith } from '@liquid-lln/protocol';
import { Child } from '../../fleet/child.js';
import { Mosquitto, type MosquittoUser } from '../../fleet/mosquitto.js';
import { programs } from '../../fleet/project-paths.js';
import { waitFor } from '../../fleet/wait-until.js';
import { readCpuSeconds, readMemory } from '../agent/process-figures.js';
import { GatewayProcess } from './gateway-process.js';
import { BenchOperator, type Credentials, credentialsSchema } from './operator.js';

/** Inside the coordinator, or beside it. */
export type BrokerKind = 'embedded' | 'mosquitto';

const startMsMax = 30_000;
/** A profile takes long to write. */
const stopMsMax = 120_000;
const profileVariable = 'LLN_BENCH_CPU_PROF';

interface Parts {
  readonly operator: BenchOperator;
  readonly gateways: GatewayProcess;
  readonly devicesUrl: string;
  readonly privateKeyPem: string;
  readonly coordinator: Child;
  readonly mosquitto: Mosquitto | null;
}

/** What the bench measures, and what it measures with. */
export class Stage {
  readonly operator: BenchOperator;
  readonly gateways: GatewayProcess;
  /** Where gateways connect. */
  readonly devicesUrl: string;
  readonly privateKeyPem: string;
  readonly #coordinator: Child;
  readonly #mosquitto: Mosquitto | null;

  private constructor({ operator, gateways, devicesUrl, privateKeyPem, coordinator, mosquitto }: Parts) {
    this.operator = operator;
    this.gateways = gateways;
    this.devicesUrl = devicesUrl;
    this.privateKeyPem = privateKeyPem;
    this.#coordinator = coordinator;
    this.#mosquitto = mosquitto;
  }

  /** @param folder for all files of it */
  static async set(folder: string, broker: BrokerKind): Promise<Stage> {
    const keys = generateSigningKeys();
    const dataDir = join(folder, 'data');
    mkdirSync(join(dataDir, 'trusted'), { recursive: true });
    writeFileSync(join(dataDir, 'trusted/bench.pub'), keys.publicPem);
    const mosquitto = broker === 'mosquitto' ? await Mosquitto.start(join(folder, 'mosquitto')) : null;
    const login = mosquitto === null ? null : admitOperators(mosquitto, folder);
    const args = login === null ? ['--data-dir', dataDir, '--port', '0'] : ['--config', login.coordinatorConfig];
    const coordinator = await startCoordinator(folder, args);
    const credentials = login?.operator ?? readOperator(dataDir);
    const operator = await BenchOperator.connect(credentials);
    const gateways = await GatewayProcess.start();
    const devicesUrl = mosquitto?.devicesUrl ?? credentials.broker;
    return new Stage({ operator, gateways, devicesUrl, privateKeyPem: keys.privatePem, coordinator, mosquitto });
  }

  /** The embedded broker knows gateways as soon as they are enrolled. */
  admit(gateways: readonly MosquittoUser[]): void {
    this.#mosquitto?.addDevices(gateways);
  }

  /** Of coordinator and broker. */
  get rssMib(): number {
    return this.#sum((pid) => readMemory(pid).rssMib);
  }

  /** Of coordinator and broker, since they began. */
  get cpuSeconds(): number {
    return this.#sum(readCpuSeconds);
  }

  async clear(): Promise<void> {
    this.gateways.stop();
    await this.operator.disconnect();
    await this.#coordinator.stop(stopMsMax);
    await this.#mosquitto?.stop();
  }

  #sum(figureOf: (pid: number) => number): number {
    const pids = [this.#coordinator.pid ?? 0, ...(this.#mosquitto === null ? [] : [this.#mosquitto.pid])];
    return pids.reduce((sum, pid) => sum + figureOf(pid), 0);
  }
}

async function startCoordinator(folder: string, args: readonly string[]): Promise<Child> {
  let isReady = false;
  const coordinator = new Child({
    name: 'coordinator',
    program: programs.coordinator,
    nodeArgs: profileArguments(),
    args,
    logFile: join(folder, 'coordinator.log'),
    onLine: (line) => {
      isReady ||= line.includes('"msg":"ready"');
    },
  });
  await waitFor({ what: 'the coordinator', timeoutMs: startMsMax }, () => isReady || null);
  return coordinator;
}

/** The document's procedure for a broker of one's own. */
function admitOperators(
  mosquitto: Mosquitto,
  folder: string,
): { readonly coordinatorConfig: string; readonly operator: Credentials } {
  const operator = { username: 'bench', password: 'secret-of-the-bench' };
  const own = { username: 'lln-coordinator', password: 'secret-of-the-coordinator' };
  for (const user of [own, operator]) mosquitto.addUser('operators', user);
  const coordinatorConfig = join(folder, 'coordinator.json');
  const config = { dataDir: 'data', broker: { url: mosquitto.operatorsUrl, ...own } };
  writeFileSync(coordinatorConfig, JSON.stringify(config), { mode: 0o600 });
  return { coordinatorConfig, operator: { broker: mosquitto.operatorsUrl, ...operator } };
}

function readOperator(dataDir: string): Credentials {
  const file: unknown = JSON.parse(readFileSync(join(dataDir, 'operator.json'), 'utf8'));
  return parseWith(credentialsSchema, file, 'operator.json');
}

/** With a folder named there, the coordinator leaves a profile of its processor time in it. */
function profileArguments(): string[] {
  const folder = process.env[profileVariable];
  return folder === undefined ? [] : ['--cpu-prof', '--cpu-prof-interval=2000', `--cpu-prof-dir=${folder}`];
}
