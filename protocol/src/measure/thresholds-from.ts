import { defaultPolicy } from '../health/limits.js';
import type { BaselineDevice } from './baseline-file.js';
import type { AdoptedThresholds, MeasuredFigures } from './measurement.js';

/**
 * A latency threshold is never below this: under a millisecond an average of a few dozen inferences measures the machine's
 * scheduler and not the package.
 */
const latencyUsMin = 1_000;

/** Thresholds of a device from what it was measured at: what is healthy lies up to a tenth above it. */
export function thresholdsFrom({ deviceId, digest, latencyUs, energyMw }: MeasuredFigures): AdoptedThresholds {
  const grown = (value: number) => Number((value * (1 + defaultPolicy.latencyExcessHealthy)).toPrecision(4));
  return {
    deviceId,
    digest,
    latencyUs: latencyUs === null ? null : Math.max(latencyUsMin, grown(latencyUs)),
    // A power is held against its threshold with a margin of its own.
    energyMw: energyMw === null ? null : Number(energyMw.toPrecision(4)),
  };
}

/** What thresholds are made of, of a device in a baseline; null for what was not measured. */
export function figuresOf({ deviceId, package: { digest }, findings }: BaselineDevice): MeasuredFigures {
  return {
    deviceId,
    digest,
    latencyUs: findings.engineUs?.mean ?? null,
    energyMw: findings.energy.energyMw?.mean ?? null,
  };
}
