import type { LimitOrigin, Metric, Thresholds } from './figures.js';
import type { Policy } from './limits.js';

/** A limit as it stands, with where it comes from. */
export interface LimitInForce {
  readonly metric: Metric;
  /** On which side of the limit the breach lies. */
  readonly side: 'above' | 'below';
  /** The end of what is healthy: what a breach has to be told from. Null where only the limits say what is healthy. */
  readonly healthy: number | null;
  readonly alert: number | null;
  readonly rollback: number | null;
  readonly unit: string;
  readonly origin: LimitOrigin;
  /** The thermal band that a baseline was taken from. */
  readonly bandC: number | null;
}

/** An output block's share or distance beyond what validation showed: an alert, and where it is clear. */
const outputExcess = { alert: 0.25, saturationRollback: 0.5 };
/** Steps with other inputs and the same outputs: at least so many, and so many times validation's longest run. */
const stuck = { alertMin: 128, alertTimes: 2, rollbackMin: 512, rollbackTimes: 4 };
/** Below a profile that is saturated half of the time already, "saturated" is no clear failure. */
const saturationClearMax = 0.5;

/** Where most answers are no numbers a trial need not wait out the span of the error rate. */
const nonFiniteRollback = 0.5;

/** Every limit in force, each once: evaluation goes by this list, and people are shown it. */
export function limitsInForce(thresholds: Thresholds, policy: Policy): LimitInForce[] {
  return [
    errorRate(policy),
    ...excessLimits('latency', 'us', thresholds.latencyUs, policy.latencyExcessAlert, policy.latencyExcessRollback),
    ...excessLimits('energy', 'mW', thresholds.energyMw, policy.energyExcessAlert, policy.energyExcessRollback),
    plain({ metric: 'memory', alert: policy.memoryRatioAlert, unit: 'ratio' }),
    ...temperatureLimits(thresholds),
    plain({ metric: 'crash', rollback: 0, unit: 'crashes' }),
    plain({
      metric: 'output',
      healthy: policy.errorRatioHealthy,
      alert: policy.errorRatioHealthy,
      rollback: nonFiniteRollback,
      unit: 'ratio',
    }),
    ...outputLimits(thresholds.outputs),
  ];
}

function errorRate(policy: Policy): LimitInForce {
  return plain({
    metric: 'error-rate',
    healthy: policy.errorRatioHealthy,
    alert: policy.errorRatioAlert,
    rollback: policy.errorRatioRollback,
    unit: 'ratio',
  });
}

function excessLimits(
  metric: Metric,
  unit: string,
  threshold: Thresholds['latencyUs'],
  alertExcess: number,
  rollbackExcess: number,
): LimitInForce[] {
  if (threshold === null) return [];
  const { value, origin, bandC } = threshold;
  const [alert, rollback] = [value + value * alertExcess, value + value * rollbackExcess];
  return [plain({ metric, healthy: value, alert, rollback, unit, origin, bandC })];
}

function temperatureLimits(thresholds: Thresholds): LimitInForce[] {
  const { temperatureMinC, temperatureMaxC, temperatureMinOrigin, temperatureMaxOrigin } = thresholds;
  return [
    plain({ metric: 'temperature', alert: temperatureMaxC, unit: 'C', origin: temperatureMaxOrigin }),
    plain({ metric: 'temperature', side: 'below', alert: temperatureMinC, unit: 'C', origin: temperatureMinOrigin }),
  ];
}

/** Of a package with an output profile: it ends trials only in what validation data never came near. */
function outputLimits(outputs: Thresholds['outputs']): LimitInForce[] {
  if (outputs === null) {
    return [plain({ metric: 'stuck', alert: stuck.rollbackMin, unit: 'steps' })];
  }
  const { saturationMax, driftMax, stuckStepsMax } = outputs;
  const origin = 'profile';
  const limits = [
    plain({ metric: 'drift', alert: driftMax + outputExcess.alert, unit: 'distance', origin }),
    plain({
      metric: 'stuck',
      alert: Math.max(stuck.alertMin, stuckStepsMax * stuck.alertTimes),
      rollback: Math.max(stuck.rollbackMin, stuckStepsMax * stuck.rollbackTimes),
      unit: 'steps',
      origin,
    }),
  ];
  if (saturationMax === null) return limits;
  const rollback = saturationMax < saturationClearMax ? saturationMax + outputExcess.saturationRollback : null;
  const alert = saturationMax + outputExcess.alert;
  return [...limits, plain({ metric: 'saturation', alert, rollback, unit: 'ratio', origin })];
}

/** Written out field by field: the list is made with every look at a window. */
function plain(limit: Pick<LimitInForce, 'metric' | 'unit'> & Partial<LimitInForce>): LimitInForce {
  return {
    metric: limit.metric,
    side: limit.side ?? 'above',
    healthy: limit.healthy ?? null,
    alert: limit.alert ?? null,
    rollback: limit.rollback ?? null,
    unit: limit.unit,
    origin: limit.origin ?? 'policy',
    bandC: limit.bandC ?? null,
  };
}

/** By how much a standing alert's limits are eased: its figure must have come back by a twentieth before it is over. */
const easing = 0.95;
const temperatureEasingC = 2;

/**
 * The limits that end alerts, tighter than those that begin them. What swings about a limit so rings once, and a trial
 * is not confirmed while it does.
 */
export function easedLimits(limits: readonly LimitInForce[]): LimitInForce[] {
  return limits.map((limit) => {
    if (limit.alert === null) return limit;
    if (limit.metric === 'temperature') {
      return { ...limit, alert: limit.alert + (limit.side === 'above' ? -temperatureEasingC : temperatureEasingC) };
    }
    // Of the excess, where there is one: a limit must not come to lie within what is healthy.
    const base = limit.metric === 'latency' || limit.metric === 'energy' ? (limit.healthy ?? 0) : 0;
    return { ...limit, alert: base + (limit.alert - base) * easing };
  });
}
