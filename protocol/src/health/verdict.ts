import { errorShares, type PolicyWindows } from './evaluate.js';
import type { Breach, Thresholds, Verdict, WindowFigures } from './figures.js';
import type { Policy } from './limits.js';
import { mean } from './sketch.js';

/**
 * A window's verdict. Silence is never success: too few inferences are inconclusive, and so is what lies between healthy
 * and an alert; figures that cannot be had for a limit that is set are an error of measurement.
 */
export function verdictOf(
  windows: PolicyWindows,
  breaches: readonly Breach[],
  thresholds: Thresholds | null,
  policy: Policy,
): Verdict {
  const { recent } = windows;
  if (breaches.length > 0) return 'failed';
  if (recent.inferences < policy.windowInferencesMin) return 'inconclusive';
  if (thresholds !== null && findUnmeasured(recent, thresholds) !== null) return 'error';
  return isHealthy(recent, thresholds, policy) ? 'successful' : 'inconclusive';
}

/** The limit that is set and cannot be measured, in words; null if there is none. A device without the sensor has none. */
export function findUnmeasured(recent: WindowFigures, thresholds: Thresholds): string | null {
  if (thresholds.latencyUs !== null && recent.inferences > 0 && recent.latencyUs.count === 0) return 'the latency';
  if (thresholds.energyMw !== null && recent.energyMw === null && recent.badReadings > 0) return 'the energy';
  return null;
}

function isHealthy(recent: WindowFigures, thresholds: Thresholds | null, policy: Policy): boolean {
  const isWithin = (value: number | null, limit: number | undefined) =>
    value === null || limit === undefined || value <= limit;
  return (
    errorShares(recent).every(({ of, count }) => count === 0 || count / of < policy.errorRatioHealthy) &&
    isWithin(mean(recent.latencyUs), thresholds?.latencyUs?.value) &&
    isWithin(recent.energyMw?.value ?? null, thresholds?.energyMw?.value)
  );
}
