import {
  type DeviceId,
  deviceStatusSchema,
  encodeMessage,
  gatewayOf,
  type HealthMessage,
  parseWith,
  type ReportedState,
  reportedStateSchema,
  SketchBuilder,
  seededRandom,
} from '@liquid-lln/protocol';

const mib = 1024 ** 2;
/** Latencies of a window: as many as a gateway has at ten requests a second. */
const latencies = 100;
const siteCount = 20;

/** Of a window as busy gateways have it; the same for all, which saves the simulation's processor and nobody else's. */
const window = makeWindow();

export function statusPayload(online: boolean, connection: number): Buffer {
  return Buffer.from(encodeMessage(deviceStatusSchema, { v: 1, online, epoch: 'e1', connection }, 'status'));
}

/** A gateway as it comes out of its box: with a package from the factory. */
export function newReport(deviceId: DeviceId): ReportedState {
  const factory = { digest: 'f'.repeat(64), name: 'factory', version: '1.0.0' };
  const number = Number(deviceId.replace(/\D/g, ''));
  const report = {
    v: 1,
    deviceId,
    gatewayId: gatewayOf(deviceId),
    kind: 'native',
    site: `site-${number % siteCount}`,
    environment: 'production',
    agentVersion: '0.1.0',
    kernelAbi: 1,
    epoch: 'e1',
    sequence: 1,
    atMs: Date.now(),
    generation: 0,
    running: { ...factory, slot: 'blue', state: 'confirmed', sinceMs: 1 },
    slots: {
      blue: { state: 'confirmed', package: factory, bytes: 20_000, failure: null },
      green: { state: 'empty', package: null, bytes: 0, failure: null },
    },
    activity: { kind: 'idle' },
    outcome: null,
    quarantined: [],
    addresses: ['http://10.0.0.1:8080'],
    storage: { freeBytes: 5_000 * mib, totalBytes: 9_000 * mib, freeInodes: 100_000, storeBytes: 20_000 },
  };
  return parseWith(reportedStateSchema, report, 'report');
}

export function healthOf(deviceId: DeviceId, sequence: number, running: ReportedState['running']): HealthMessage {
  return {
    v: 1,
    deviceId,
    epoch: 'e1',
    sequence,
    atMs: Date.now(),
    digest: running?.digest ?? null,
    slot: running?.slot ?? null,
    window,
    thresholds: {
      latencyUs: { value: 5_000, origin: 'budget', bandC: null },
      energyMw: null,
      temperatureMinC: -20,
      temperatureMaxC: 85,
      temperatureMinOrigin: 'budget',
      temperatureMaxOrigin: 'budget',
      outputs: null,
    },
    breaches: [],
    verdict: 'successful',
    system: {
      cpuRatio: 0.07,
      memoryTotalBytes: 8_192 * mib,
      memoryUsedBytes: 2_048 * mib,
      memoryLimitBytes: null,
      agentRssBytes: 70 * mib,
      uptimeSeconds: 7_500,
      machineUptimeSeconds: 90_000,
      load1: 0.4,
    },
  };
}

function makeWindow(): HealthMessage['window'] {
  const random = seededRandom(6);
  const builder = new SketchBuilder();
  for (let count = 0; count < latencies; count += 1) builder.add(60 + 40 * random());
  const latencyUs = builder.build();
  return {
    seconds: 60,
    inferences: latencies,
    errors: 0,
    rejected: 0,
    probes: 0,
    probeErrors: 0,
    nonFinite: 0,
    latencyUs,
    latencyBatches: latencyUs,
    energyMw: { value: 12.5, source: 'model' },
    energyBatches: latencyUs,
    temperatureC: { value: 41, source: 'thermal-zone' },
    thermalBandC: 40,
    badReadings: 0,
    memoryRatio: 0.31,
    crashes: 0,
  };
}
