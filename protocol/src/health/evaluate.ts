import type { Breach, Metric, Thresholds, Verdict, WindowFigures } from './figures.js';
import type { Policy } from './limits.js';
import { mean } from './sketch.js';

/** The two windows that the policy looks at: the error rate has one of its own. */
export interface PolicyWindows {
  /** The last `windowSeconds`. */
  readonly recent: WindowFigures;
  /** The last `errorRateWindowSeconds`. */
  readonly errors: WindowFigures;
}

/**
 * All limits that the windows pass: one breach a metric, at its highest level. Pure; the device, the coordinator and
 * the command line share it. A window that holds too few inferences says nothing about rates and averages.
 */
export function findBreaches(windows: PolicyWindows, thresholds: Thresholds, policy: Policy): Breach[] {
  return [
    errorRateBreach(windows, policy),
    latencyBreach(windows.recent, thresholds, policy),
    energyBreach(windows.recent, thresholds, policy),
    memoryBreach(windows.recent, policy),
    temperatureBreach(windows.recent, thresholds),
    crashBreach(windows.recent),
  ].filter((breach) => breach !== null);
}

/** Whether the window covers the span that a rollback for errors needs, and holds enough inferences to be trusted. */
function errorRateBreach({ recent, errors }: PolicyWindows, policy: Policy): Breach | null {
  const ratio = errors.inferences === 0 ? 0 : errors.errors / errors.inferences;
  const isWindowFull =
    errors.seconds >= policy.errorRateWindowSeconds && errors.inferences >= policy.windowInferencesMin;
  if (isWindowFull && ratio > policy.errorRatioRollback) {
    return breach('error-rate', 'rollback', ratio, policy.errorRatioRollback, 'ratio', errors.inferences);
  }
  const recentRatio = recent.inferences === 0 ? 0 : recent.errors / recent.inferences;
  if (recent.inferences < policy.windowInferencesMin || recentRatio <= policy.errorRatioAlert) return null;
  return breach('error-rate', 'alert', recentRatio, policy.errorRatioAlert, 'ratio', recent.inferences);
}

function latencyBreach(window: WindowFigures, thresholds: Thresholds, policy: Policy): Breach | null {
  const average = mean(window.latencyUs);
  if (thresholds.latencyUs === null || average === null || window.latencyUs.count < policy.windowInferencesMin)
    return null;
  const limitFor = (excess: number) => (thresholds.latencyUs?.value ?? 0) * (1 + excess);
  return excessBreach(
    'latency',
    average,
    limitFor(policy.latencyExcessAlert),
    limitFor(policy.latencyExcessRollback),
    'us',
    window.latencyUs.count,
  );
}

function energyBreach(window: WindowFigures, thresholds: Thresholds, policy: Policy): Breach | null {
  if (thresholds.energyMw === null || window.energyMw === null) return null;
  const limitFor = (excess: number) => (thresholds.energyMw?.value ?? 0) * (1 + excess);
  return excessBreach(
    'energy',
    window.energyMw.value,
    limitFor(policy.energyExcessAlert),
    limitFor(policy.energyExcessRollback),
    'mW',
    1,
  );
}

function excessBreach(
  metric: Metric,
  value: number,
  alert: number,
  rollback: number,
  unit: string,
  samples: number,
): Breach | null {
  if (value > rollback) return breach(metric, 'rollback', value, rollback, unit, samples);
  if (value > alert) return breach(metric, 'alert', value, alert, unit, samples);
  return null;
}

/** Memory alone never rolls a package back: exhaustion shows as a crash, which does. */
function memoryBreach(window: WindowFigures, policy: Policy): Breach | null {
  if (window.memoryRatio === null || window.memoryRatio <= policy.memoryRatioAlert) return null;
  return breach('memory', 'alert', window.memoryRatio, policy.memoryRatioAlert, 'ratio', 1);
}

function temperatureBreach(window: WindowFigures, thresholds: Thresholds): Breach | null {
  if (window.temperatureC === null) return null;
  const { value } = window.temperatureC;
  if (value > thresholds.temperatureMaxC)
    return breach('temperature', 'alert', value, thresholds.temperatureMaxC, 'C', 1);
  if (value < thresholds.temperatureMinC)
    return breach('temperature', 'alert', value, thresholds.temperatureMinC, 'C', 1);
  return null;
}

function crashBreach(window: WindowFigures): Breach | null {
  return window.crashes === 0 ? null : breach('crash', 'rollback', window.crashes, 0, 'crashes', window.crashes);
}

function breach(
  metric: Metric,
  level: Breach['level'],
  value: number,
  limit: number,
  unit: string,
  samples: number,
): Breach {
  return { metric, level, value, limit, unit, samples };
}

/**
 * A window's verdict. Silence is never success: too few inferences are inconclusive, and figures that cannot be had
 * for a limit that is set are an error of measurement.
 */
export function verdictOf(
  windows: PolicyWindows,
  breaches: readonly Breach[],
  thresholds: Thresholds | null,
  policy: Policy,
): Verdict {
  if (breaches.length > 0) return 'failed';
  if (windows.recent.inferences < policy.windowInferencesMin) return 'inconclusive';
  if (thresholds !== null && thresholds.latencyUs !== null && windows.recent.latencyUs.count === 0) return 'error';
  const ratio = windows.recent.errors / windows.recent.inferences;
  return ratio < policy.errorRatioHealthy || windows.recent.errors === 0 ? 'successful' : 'inconclusive';
}
