import {
  type ChecklistDevice,
  type ChecklistFacts,
  type PlacedVerification,
  silentPolicy,
} from '@liquid-lln/coordinator';
import type {
  ChannelName,
  Check,
  CheckName,
  DeviceId,
  DeviceKind,
  Environment,
  Suite,
  VerificationRecord,
} from '@liquid-lln/protocol';
import { somePackage, testMomentMs } from '../fleet-views.js';

const hourMs = 3_600_000;
export const before = somePackage('1.0.0', 'b');
export const next = somePackage('2.0.0', 'c');
export const nowMs = testMomentMs;
const pager = 'pager' as ChannelName;

export function check(name: CheckName, changes: Partial<Check> = {}): Check {
  return { name, state: 'passed', detail: 'as it should be', seconds: 1, ...changes };
}

const functions = (['version', 'golden-vectors', 'answering', 'malformed-input', 'telemetry'] as const).map((name) =>
  check(name),
);

export const drilled: NonNullable<VerificationRecord['drill']> = {
  tried: before,
  served: next,
  startedMs: nowMs - hourMs,
  seconds: 8.25,
  trialSeconds: 6,
  tripToServingMs: 40,
  requestsMade: 60,
  requestsLost: 0,
  servedMeanwhile: 60,
  failedMeanwhile: 0,
  told: { epoch: 'e1', eventSequence: 9 },
};

/** A verification of `next`, made an hour ago unless told otherwise. */
export function verification(
  deviceId: string,
  suite: Suite,
  checks: readonly Check[],
  place: { environment: Environment; kind: DeviceKind; ageMs?: number },
): PlacedVerification {
  const { environment, kind, ageMs = hourMs } = place;
  const record: VerificationRecord = {
    deviceId: deviceId as DeviceId,
    package: next,
    slot: 'green',
    suite,
    target: environment,
    isPassed: true,
    checks: [...checks],
    ...(checks.some(({ name, state }) => name === 'drill' && state === 'passed') ? { drill: drilled } : {}),
    atMs: nowMs - ageMs,
    actor: 'jo',
  };
  return { record, environment, kind };
}

/** What a full verification in simulation finds of a package that keeps its promises. */
export const fullChecks: readonly Check[] = [
  ...functions,
  check('latency', { value: 800, limit: 2_000, unit: 'us' }),
  check('energy', { value: 300, limit: 400, unit: 'mW' }),
  check('accuracy', { value: 0.95, limit: 0.9, unit: 'ratio' }),
  check('drill', { value: 40, unit: 'ms' }),
];

export const integrationChecks: readonly Check[] = [...functions, check('drill')];

export function device(deviceId: string, changes: Partial<ChecklistDevice> = {}): ChecklistDevice {
  return {
    deviceId: deviceId as DeviceId,
    kind: deviceId.includes('.') ? 'stm32h743' : 'native',
    environment: 'production',
    running: { ...before, slot: 'blue', state: 'confirmed' },
    faults: [],
    isWatched: true,
    thresholdOrigin: 'budget',
    hasEventGap: false,
    adopted: null,
    ...changes,
  };
}

/** A package for which everything was done, before it goes to a gateway with a board. */
export function readyFacts(changes: Partial<ChecklistFacts> = {}): ChecklistFacts {
  const acknowledged = { by: 'jo', reason: 'the test arrived', atMs: nowMs - hourMs };
  const test = {
    noticeId: 'n-1',
    code: 'c',
    by: 'jo',
    atMs: nowMs - hourMs,
    deliveredMs: nowMs - hourMs,
    acknowledged,
  };
  const announced = {
    noticeId: 'n-2',
    digest: next.digest,
    environments: ['production' as const],
    by: 'jo',
    atMs: nowMs - hourMs,
    deliveredMs: nowMs - hourMs + 5,
  };
  const channel = { channel: pager, deliveredMs: nowMs - hourMs, lost: 0, test, announcements: [announced] };
  return {
    package: next,
    isRegistered: true,
    target: { name: 'production', environment: null },
    devices: [device('p-1'), device('p-1.board')],
    verifications: [
      verification('sim-1', 'full', fullChecks, { environment: 'simulation', kind: 'native' }),
      verification('stage-1.board', 'integration', integrationChecks, { environment: 'staging', kind: 'stm32h743' }),
    ],
    fleet: [
      { kind: 'native', environment: 'simulation', digest: next.digest },
      { kind: 'stm32h743', environment: 'staging', digest: next.digest },
      { kind: 'native', environment: 'production', digest: before.digest },
      { kind: 'stm32h743', environment: 'production', digest: before.digest },
    ],
    registered: new Set([before.digest, next.digest]),
    rollout: null,
    alerting: { channels: new Map([[pager, channel]]), notices: new Map(), alerts: new Map(), silences: new Map() },
    alertingPolicy: {
      ...silentPolicy,
      channels: [{ channel: pager, kind: 'pagerduty', topics: [] }],
      roles: { ...silentPolicy.roles, 'on-call-engineer': [pager] },
    },
    nowMs,
    ...changes,
  };
}
