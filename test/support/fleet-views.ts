import {
  type DeviceView,
  defaultPolicy,
  deviceViewSchema,
  type HealthMessage,
  healthMessageSchema,
  type PackageIdentity,
  packageIdentitySchema,
  parseWith,
  type ReportedState,
  type RolloutMember,
  type RolloutSummary,
  reportedStateSchema,
  rolloutMemberSchema,
  rolloutSummarySchema,
  SketchBuilder,
} from '@liquid-lln/protocol';

/** A moment that tests use: 2026-01-31 08:15:00 UTC. */
export const testMomentMs = Date.UTC(2026, 0, 31, 8, 15);

export function somePackage(version = '1.0.0', digit = 'a'): PackageIdentity {
  return parseWith(packageIdentitySchema, { digest: digit.repeat(64), name: 'occupancy-cfc', version }, 'package');
}

/** A device's report: it serves `somePackage()` from blue, unless told otherwise. */
export function someReport(deviceId = 'gw-1', changes: object = {}): ReportedState {
  const identity = somePackage();
  const report = {
    v: 1,
    deviceId,
    gatewayId: deviceId.split('.')[0],
    kind: 'native',
    site: 'lab',
    environment: 'production',
    agentVersion: '0.1.0',
    kernelAbi: 1,
    epoch: 'e1',
    sequence: 7,
    atMs: testMomentMs,
    generation: 3,
    running: { ...identity, slot: 'blue', state: 'confirmed', sinceMs: testMomentMs },
    slots: {
      blue: { state: 'confirmed', package: identity, bytes: 20_000, failure: null },
      green: { state: 'empty', package: null, bytes: 0, failure: null },
    },
    activity: { kind: 'idle' },
    outcome: null,
    quarantined: [],
    addresses: ['127.0.0.1:8080'],
    storage: { freeBytes: 5_000_000_000, totalBytes: 9_000_000_000, freeInodes: 1000, storeBytes: 20_000 },
    ...changes,
  };
  return parseWith(reportedStateSchema, report, 'report');
}

/** A device's last health message, with as many latencies as are given. */
export function someHealth(
  deviceId = 'gw-1',
  latenciesUs: readonly number[] = [100],
  changes: object = {},
): HealthMessage {
  const builder = new SketchBuilder();
  for (const latencyUs of latenciesUs) builder.add(latencyUs);
  const health = {
    v: 1,
    deviceId,
    epoch: 'e1',
    sequence: 9,
    atMs: testMomentMs,
    digest: somePackage().digest,
    slot: 'blue',
    window: {
      seconds: defaultPolicy.windowSeconds,
      inferences: latenciesUs.length,
      errors: 0,
      rejected: 0,
      probes: 0,
      latencyUs: builder.build(),
      energyMw: { value: 12.5, source: 'model' },
      temperatureC: { value: 41, source: 'thermal-zone' },
      memoryRatio: 0.31,
      crashes: 0,
    },
    thresholds: {
      latencyUs: { value: 5_000, origin: 'budget' },
      energyMw: null,
      temperatureMinC: -20,
      temperatureMaxC: 85,
    },
    breaches: [],
    verdict: 'successful',
    system: {
      cpuRatio: 0.07,
      memoryTotalBytes: 8 * 1024 ** 3,
      memoryUsedBytes: 2 * 1024 ** 3,
      agentRssBytes: 70 * 1024 ** 2,
      uptimeSeconds: 7_500,
    },
    ...changes,
  };
  return parseWith(healthMessageSchema, health, 'health');
}

/** A healthy device as the coordinator sees it. */
export function someDevice(deviceId = 'gw-1', changes: object = {}): DeviceView {
  const view = {
    deviceId,
    gatewayId: deviceId.split('.')[0],
    kind: 'native',
    site: 'lab',
    environment: 'production',
    admission: 1,
    online: true,
    lastSeenMs: testMomentMs,
    silentMs: 1_000,
    desiredGeneration: 3,
    desired: somePackage(),
    reported: someReport(deviceId),
    health: someHealth(deviceId),
    faults: [],
    ...changes,
  };
  return parseWith(deviceViewSchema, view, 'device');
}

export function someMember(deviceId = 'gw-1', changes: object = {}): RolloutMember {
  const member = {
    deviceId,
    waveIndex: 0,
    progress: 'confirmed',
    before: null,
    now: somePackage(),
    outcome: null,
    waitingFor: '',
    ...changes,
  };
  return parseWith(rolloutMemberSchema, member, 'member');
}

/** A rollout of one wave to one device, done unless told otherwise. */
export function someRollout(changes: object = {}): RolloutSummary {
  const rollout = {
    rolloutId: 'r-0abc12',
    kind: 'deploy',
    status: 'succeeded',
    target: 'production',
    environment: 'production',
    package: somePackage(),
    waveIndex: 0,
    waves: [
      { percent: 100, devices: 1, generation: 3, startedMs: testMomentMs, verdict: 'successful', waitingFor: '' },
    ],
    members: [someMember()],
    createdMs: testMomentMs,
    createdBy: 'operator',
    endedMs: null,
    detail: '',
    ...changes,
  };
  return parseWith(rolloutSummarySchema, rollout, 'rollout');
}
