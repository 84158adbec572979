import {
  type AlertRule,
  type Breach,
  breachesOf,
  defaultPolicy,
  easedLimits,
  type HealthMessage,
  heartbeatsMissedMax,
  limitsInForce,
  type Policy,
} from '@liquid-lln/protocol';
import type { Desire } from '../device-desire.js';
import { describeBreach } from '../device-faults.js';
import type { FleetDevice } from '../fleet-view.js';
import type { Condition } from './condition.js';

/** What is wrong with a device now, as far as the coordinator can see. */
export interface DeviceSight {
  readonly conditions: readonly Condition[];
  /** Rules whose figures have not come back far enough for their alerts to be over. */
  readonly lingering: readonly AlertRule[];
  /** Whether the figures are fresh: otherwise the device's alerts stay as they are. */
  readonly isMeasured: boolean;
}

/** What health messages say of the limits: worth keeping as long as message and policy are the same. */
export interface MetricSight {
  readonly breaches: readonly Breach[];
  readonly lingering: readonly AlertRule[];
}

/** What nearly all devices show. */
const calm: MetricSight = { breaches: [], lingering: [] };

/** A device that serves none of its packages for that long is broken: starts and switches take less. */
const functionBrokenMs = 10_000;

/** The limits in force on a device. */
export function policyOf(desire: Desire | null): Policy {
  return desire?.instruction.kind === 'deploy' ? desire.instruction.policy : defaultPolicy;
}

/**
 * A health message against the alert limits, evaluated here once more: what the device found itself, and what its
 * figures say to us. The output metrics are the device's word alone, it does not send its outputs.
 */
export function sightMetrics(health: HealthMessage, policy: Policy): MetricSight {
  const { window, thresholds } = health;
  if (thresholds === null) return { breaches: health.breaches, lingering: [] };
  const windows = { recent: window, errors: window, outputs: null };
  const limits = limitsInForce(thresholds, policy);
  const breaches = [...health.breaches, ...breachesOf(windows, limits, policy)];
  const lingering = breachesOf(windows, easedLimits(limits), policy).flatMap(({ metric }) => ruleOf(metric));
  return breaches.length + lingering.length === 0 ? calm : { breaches, lingering };
}

/** What a policy says of trials and heartbeats alone. */
const beyondLimits: ReadonlySet<keyof Policy> = new Set([
  'shadowSeconds',
  'shadowDisagreementMax',
  'soakSeconds',
  'evidenceInferencesMin',
  'trialSecondsMax',
  'heartbeatSeconds',
]);

/** Whether a health message says the same under both: each deploy brings a policy of its own, nearly always with the same limits. */
export function hasSameLimits(a: Policy, b: Policy): boolean {
  const names = Object.keys(a) as (keyof Policy)[];
  return names.every((name) => beyondLimits.has(name) || a[name] === b[name]);
}

/** All that is wrong with a device. Silence is a fault, never health. */
export function sightDevice(device: FleetDevice, metrics: MetricSight | null, desire: Desire | null): DeviceSight {
  const isSilent = device.silentMs > heartbeatsMissedMax * policyOf(desire).heartbeatSeconds * 1_000;
  const isMeasured = metrics !== null && device.isOnline && !isSilent;
  return {
    conditions: [
      ...(isSilent ? [unresponsive(device)] : []),
      ...(isMeasured ? metricConditions(device, metrics.breaches) : []),
      ...functionConditions(device),
      ...rollbackConditions(device, desire),
    ],
    lingering: isMeasured ? metrics.lingering : [],
    isMeasured,
  };
}

function metricConditions(device: FleetDevice, breaches: readonly Breach[]): Condition[] {
  const worst = new Map<AlertRule, Breach>();
  for (const breach of breaches) {
    for (const rule of ruleOf(breach.metric)) {
      if (worst.get(rule)?.level !== 'rollback') worst.set(rule, breach);
    }
  }
  return [...worst].map(([rule, breach]) => ({
    ...about(device),
    rule,
    severity: breach.level === 'rollback' ? 'critical' : 'warning',
    detail: describeBreach(breach),
  }));
}

function unresponsive(device: FleetDevice): Condition {
  const detail = device.isOnline ? 'nothing heard' : 'offline';
  return { ...about(device), rule: 'unresponsive', severity: 'warning', detail };
}

/** A device without any package has nothing to serve; one with packages has lost its function. */
function functionConditions(device: FleetDevice): Condition[] {
  const { running, slots } = device.reported;
  if (running !== null || !device.isOnline) return [];
  const isUsed = Object.values(slots).some(
    ({ state }) => state === 'confirmed' || state === 'failed' || state === 'trial',
  );
  if (!isUsed) return [];
  const detail = 'serves none of its packages';
  return [{ ...about(device), rule: 'function-broken', severity: 'critical', detail, raiseMs: functionBrokenMs }];
}

/** Told to leave a package, and refused. */
function rollbackConditions(device: FleetDevice, desire: Desire | null): Condition[] {
  const { outcome } = device.reported;
  if (desire?.instruction.kind !== 'rollback' || outcome?.result !== 'refused') return [];
  if (outcome.generation !== desire.generation) return [];
  const detail = `refused to go back: ${outcome.code}, ${outcome.detail}`.slice(0, 500);
  return [{ ...about(device), rule: 'rollback-failed', severity: 'critical', detail }];
}

function about({ deviceId, environment }: FleetDevice): Pick<Condition, 'subject' | 'devices' | 'environment'> {
  return { subject: deviceId, devices: [deviceId], environment };
}

/** Silence is seen here, not told. */
function ruleOf(metric: Breach['metric']): AlertRule[] {
  return metric === 'liveness' ? [] : [metric];
}
