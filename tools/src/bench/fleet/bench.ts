import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Digest,
  defaultPolicy,
  deviceIdSchema,
  gatewayIdSchema,
  generateSigningKeys,
  parseWith,
} from '@liquid-lln/protocol';
import { Child } from '../../fleet/child.js';
import { programs } from '../../fleet/project-paths.js';
import { waitFor } from '../../fleet/wait-until.js';
import { readCpuSeconds, readMemory } from '../agent/process-figures.js';
import type { Bench, BenchOutcome, BenchRequest, Figure } from '../bench.js';
import { quantileOf } from '../measure/statistics.js';
import { renderRows } from '../report/rows.js';
import { GatewayProcess } from './gateway-process.js';
import { BenchOperator, credentialsSchema } from './operator.js';
import { makeBenchPackage } from './packages.js';

const devicesDefault = 10_000;
const healthSeconds = 10;
const soakSeconds = 10;
const steadySecondsDefault = 30;
const waitMsMax = 300_000;
/** A profile takes long to write. */
const stopMsMax = 120_000;
/** Credentials asked for at once. */
const enrollingMax = 200;
const profileVariable = 'LLN_BENCH_CPU_PROF';

type Row = (name: string, metric: string, value: number, unit: string) => void;

/** A coordinator with its embedded broker, and ten thousand simulated gateways that speak MQTT to it. */
export const fleetBench: Bench = {
  name: 'fleet',
  summary: '10,000 simulated gateways at one coordinator: connecting, a rollout, a stop; its memory and processor',
  cases: ['embedded'],
  run,
};

async function run({ seconds, say }: BenchRequest): Promise<BenchOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'lln-bench-fleet-'));
  const figures: Figure[] = [];
  const row: Row = (name, metric, value, unit) => {
    figures.push({ case: name, metric, value: Number(value.toPrecision(3)), unit });
    say(`${name} ${metric} ${value.toPrecision(3)} ${unit}`);
  };
  const count = Number(process.env['LLN_BENCH_DEVICES'] ?? devicesDefault);
  const stage = await Stage.set(folder);
  try {
    await measure(stage, { count, steadySeconds: seconds ?? steadySecondsDefault, row, say });
    return { figures, missing: [], text: renderRows(figures).join('\n') };
  } finally {
    await stage.clear();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measuring {
  readonly count: number;
  readonly steadySeconds: number;
  readonly row: Row;
  readonly say: (line: string) => void;
}

async function measure(stage: Stage, measuring: Measuring): Promise<void> {
  const { count, row, say } = measuring;
  row('fleet', 'devices', count, '1');
  const credentials = await enrolAll(stage.operator, count, say);
  const first = await stage.operator.register(makeBenchPackage('1.0.0', 1, stage.privateKeyPem));
  const second = await stage.operator.register(makeBenchPackage('1.1.0', 2, stage.privateKeyPem));
  await stage.timed('connect', row, () => connectAll(stage, credentials, row));
  await measureSteady(stage, measuring);
  await stage.timed('wave', row, () => measureWave(stage, first, count, row));
  await stage.timed('stop', row, () => measureStop(stage, second, count, row));
  row('fleet', 'rss', readMemory(stage.pid).rssMib, 'MiB');
}

async function enrolAll(operator: BenchOperator, count: number, say: (line: string) => void) {
  const startedMs = performance.now();
  const gateways: { deviceId: string; password: string }[] = [];
  const numbers = Array.from({ length: count }, (_, index) => index + 1).values();
  const enrolInTurn = async () => {
    for (const number of numbers) {
      const gatewayId = parseWith(gatewayIdSchema, `gw-${number}`, 'gateway id');
      const { password } = await operator.request({ kind: 'enrol', gatewayId });
      gateways.push({ deviceId: gatewayId, password });
    }
  };
  await Promise.all(Array.from({ length: enrollingMax }, enrolInTurn));
  say(`... ${count} gateways enrolled in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  return gateways.map(({ deviceId, password }) => ({
    deviceId: parseWith(deviceIdSchema, deviceId, 'device id'),
    password,
  }));
}

/** From the first connection until every gateway has its admission: connected, subscribed, reported, stored, answered. */
async function connectAll(stage: Stage, gateways: Awaited<ReturnType<typeof enrolAll>>, row: Row): Promise<void> {
  const { hostname, port } = new URL(stage.url);
  stage.gateways.count('admitted');
  const startedMs = Date.now();
  stage.gateways.connect({ host: hostname, port: Number(port), gateways, healthSeconds });
  const timesMs = await stage.gateways.until('admitted', gateways.length, waitMsMax);
  row('connect', 'all-admitted', (Math.max(...timesMs) - startedMs) / 1_000, 's');
}

async function measureSteady(stage: Stage, { steadySeconds, row }: Measuring): Promise<void> {
  await sleep(5_000);
  const before = readCpuSeconds(stage.pid);
  await sleep(steadySeconds * 1_000);
  row('steady', 'processor', ((readCpuSeconds(stage.pid) - before) / steadySeconds) * 100, '%');
  row('steady', 'rss', readMemory(stage.pid).rssMib, 'MiB');
}

async function measureWave(stage: Stage, digest: Digest, count: number, row: Row): Promise<void> {
  const { gateways, operator } = stage;
  for (const milestone of ['wave', 'staged', 'confirmed']) gateways.count(milestone);
  await sleep(500);
  const startedMs = Date.now();
  const { rollout } = await deploy(operator, digest, soakSeconds);
  row('wave', 'deploy-answered', (Date.now() - startedMs) / 1_000, 's');
  const waves = await gateways.until('wave', count, waitMsMax);
  row('wave', 'document-p50', (quantileOf(waves, 0.5) - startedMs) / 1_000, 's');
  row('wave', 'document-p99', (quantileOf(waves, 0.99) - startedMs) / 1_000, 's');
  const staged = await gateways.until('staged', count, waitMsMax);
  row('wave', 'all-staged', (Math.max(...staged) - startedMs) / 1_000, 's');
  const confirmed = await gateways.until('confirmed', count, waitMsMax);
  row('wave', 'all-confirmed', (Math.max(...confirmed) - startedMs) / 1_000, 's');
  await waitFor({ what: 'the rollout succeeds', timeoutMs: waitMsMax }, async () => {
    const { entries } = await operator.request({ kind: 'audit', limit: 20 });
    const isDone = ({ action, subject }: (typeof entries)[number]) =>
      action === 'rollout-succeeded' && subject === rollout.rolloutId;
    return entries.some(isDone) || null;
  });
  row('wave', 'succeeded', (Date.now() - startedMs) / 1_000, 's');
}

/** All are on trial when the stop comes. */
async function measureStop(stage: Stage, digest: Digest, count: number, row: Row): Promise<void> {
  const { gateways, operator } = stage;
  for (const milestone of ['staged', 'held']) gateways.count(milestone);
  await sleep(500);
  const { rollout } = await deploy(operator, digest, 3_000);
  await gateways.until('staged', count, waitMsMax);
  await sleep(3_000);
  const startedMs = Date.now();
  await operator.request({ kind: 'stop', rolloutId: rollout.rolloutId, reason: 'the bench' });
  row('stop', 'answered', (Date.now() - startedMs) / 1_000, 's');
  const held = await gateways.until('held', count, waitMsMax);
  row('stop', 'all-acknowledged', (Math.max(...held) - startedMs) / 1_000, 's');
}

function deploy(operator: BenchOperator, digest: Digest, seconds: number) {
  return operator.request({
    kind: 'deploy',
    target: { name: 'production', environment: null },
    digest,
    waves: [100],
    policy: { ...defaultPolicy, soakSeconds: seconds },
    batchSize: 4,
    override: null,
    reason: null,
  });
}

/** What the bench measures, and what it measures with. */
class Stage {
  readonly operator: BenchOperator;
  readonly gateways: GatewayProcess;
  readonly url: string;
  readonly privateKeyPem: string;
  readonly #coordinator: Child;

  private constructor(parts: {
    operator: BenchOperator;
    gateways: GatewayProcess;
    url: string;
    privateKeyPem: string;
    coordinator: Child;
  }) {
    this.operator = parts.operator;
    this.gateways = parts.gateways;
    this.url = parts.url;
    this.privateKeyPem = parts.privateKeyPem;
    this.#coordinator = parts.coordinator;
  }

  static async set(folder: string): Promise<Stage> {
    const keys = generateSigningKeys();
    const dataDir = join(folder, 'data');
    mkdirSync(join(dataDir, 'trusted'), { recursive: true });
    writeFileSync(join(dataDir, 'trusted/bench.pub'), keys.publicPem);
    let isReady = false;
    const coordinator = new Child({
      name: 'coordinator',
      program: programs.coordinator,
      nodeArgs: profileArguments(),
      args: ['--data-dir', dataDir, '--port', '0'],
      logFile: join(folder, 'coordinator.log'),
      onLine: (line) => {
        isReady ||= line.includes('"msg":"ready"');
      },
    });
    await waitFor({ what: 'the coordinator', timeoutMs: 30_000 }, () => isReady || null);
    const file: unknown = JSON.parse(readFileSync(join(dataDir, 'operator.json'), 'utf8'));
    const credentials = parseWith(credentialsSchema, file, 'operator.json');
    const operator = await BenchOperator.connect(credentials);
    const gateways = await GatewayProcess.start();
    return new Stage({ operator, gateways, url: credentials.broker, privateKeyPem: keys.privatePem, coordinator });
  }

  get pid(): number {
    return this.#coordinator.pid ?? 0;
  }

  /** Does `work` and tells what it took of the coordinator's processor: under load from elsewhere that is the figure. */
  async timed(name: string, row: Row, work: () => Promise<void>): Promise<void> {
    const before = readCpuSeconds(this.pid);
    await work();
    row(name, 'processor-time', readCpuSeconds(this.pid) - before, 's');
  }

  async clear(): Promise<void> {
    this.gateways.stop();
    await this.operator.disconnect();
    await this.#coordinator.stop(stopMsMax);
  }
}

/** With a folder named there, the coordinator leaves a profile of its processor time in it. */
function profileArguments(): string[] {
  const folder = process.env[profileVariable];
  return folder === undefined ? [] : ['--cpu-prof', '--cpu-prof-interval=2000', `--cpu-prof-dir=${folder}`];
}
