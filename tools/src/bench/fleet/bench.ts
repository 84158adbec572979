import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Digest, defaultPolicy, deviceIdSchema, gatewayIdSchema, parseWith } from '@liquid-lln/protocol';
import { hasMosquitto } from '../../fleet/mosquitto.js';
import { waitFor } from '../../fleet/wait-until.js';
import { readCpuSeconds } from '../agent/process-figures.js';
import type { Bench, BenchOutcome, BenchRequest, Figure, MissingFigure } from '../bench.js';
import { quantileOf } from '../measure/statistics.js';
import { renderRows } from '../report/rows.js';
import type { BenchOperator } from './operator.js';
import { makeBenchPackage } from './packages.js';
import { measurePlanner } from './planner-case.js';
import { type BrokerKind, Stage } from './stage.js';

const devicesDefault = 10_000;
const healthSeconds = 10;
const soakSeconds = 10;
const steadySecondsDefault = 30;
const waitMsMax = 300_000;
/** Credentials asked for at once. */
const enrollingMax = 200;
const brokers = ['embedded', 'mosquitto'] as const satisfies readonly BrokerKind[];

type Row = (name: string, metric: string, value: number, unit: string) => void;

/** A coordinator with a broker, and ten thousand simulated gateways that speak MQTT to it. */
export const fleetBench: Bench = {
  name: 'fleet',
  summary: '10,000 simulated gateways at one coordinator: connecting, a rollout, a stop; its memory and processor',
  cases: ['planner', ...brokers],
  run,
};

async function run({ cases, seconds, say }: BenchRequest): Promise<BenchOutcome> {
  const isWanted = (name: string) => cases.length === 0 || cases.includes(name);
  const count = Number(process.env['LLN_BENCH_DEVICES'] ?? devicesDefault);
  const steadySeconds = seconds ?? steadySecondsDefault;
  const figures: Figure[] = [{ case: 'fleet', metric: 'devices', value: count, unit: '1' }];
  const missing: MissingFigure[] = [];
  if (isWanted('planner')) figures.push(...measurePlanner(count));
  for (const broker of brokers.filter(isWanted)) {
    if (broker === 'mosquitto' && !hasMosquitto())
      missing.push({ case: broker, metric: 'all', reason: 'mosquitto is not installed (apt-get install mosquitto)' });
    else figures.push(...(await runWith(broker, { count, steadySeconds, say })));
  }
  return { figures, missing, text: renderRows(figures).join('\n') };
}

async function runWith(broker: BrokerKind, asked: Omit<Measuring, 'row'>): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lln-bench-fleet-'));
  const figures: Figure[] = [];
  const row: Row = (name, metric, value, unit) => {
    figures.push({ case: `${broker}-${name}`, metric, value: Number(value.toPrecision(3)), unit });
    asked.say(`${broker}-${name} ${metric} ${value.toPrecision(3)} ${unit}`);
  };
  const stage = await Stage.set(folder, broker);
  try {
    await measure(stage, { ...asked, row });
    return figures;
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
  const credentials = await enrolAll(stage.operator, count, say);
  stage.admit(credentials.map(({ deviceId, password }) => ({ username: deviceId, password })));
  const first = await stage.operator.register(makeBenchPackage('1.0.0', 1, stage.privateKeyPem));
  const second = await stage.operator.register(makeBenchPackage('1.1.0', 2, stage.privateKeyPem));
  await timed(stage, 'connect', row, () => connectAll(stage, credentials, row));
  await measureSteady(stage, measuring);
  await timed(stage, 'wave', row, () => measureWave(stage, first, count, row));
  await timed(stage, 'stop', row, () => measureStop(stage, second, count, row));
  row('end', 'rss', stage.rssMib, 'MiB');
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
  const { hostname, port } = new URL(stage.devicesUrl);
  stage.gateways.count('admitted');
  const startedMs = Date.now();
  stage.gateways.connect({ host: hostname, port: Number(port), gateways, healthSeconds });
  const timesMs = await stage.gateways.until('admitted', gateways.length, waitMsMax);
  row('connect', 'all-admitted', (Math.max(...timesMs) - startedMs) / 1_000, 's');
}

async function measureSteady(stage: Stage, { steadySeconds, row }: Measuring): Promise<void> {
  await sleep(5_000);
  const before = stage.cpuSeconds;
  await sleep(steadySeconds * 1_000);
  row('steady', 'processor', ((stage.cpuSeconds - before) / steadySeconds) * 100, '%');
  row('steady', 'rss', stage.rssMib, 'MiB');
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
    force: true,
    reason: 'a bench: its gateways are simulated, and verify nothing',
  });
}

/**
 * Does `work`, and tells what it took of the processor: of coordinator and broker, which under load from elsewhere is the
 * figure; and of the gateways, which share the machine here and nowhere else.
 */
async function timed(stage: Stage, name: string, row: Row, work: () => Promise<void>): Promise<void> {
  const [before, gatewaysBefore] = [stage.cpuSeconds, readCpuSeconds(stage.gateways.pid)];
  await work();
  row(name, 'processor-time', stage.cpuSeconds - before, 's');
  row(name, 'processor-time-of-gateways', readCpuSeconds(stage.gateways.pid) - gatewaysBefore, 's');
}
