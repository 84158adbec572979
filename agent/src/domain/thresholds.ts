import type { AdoptedThresholds, Manifest, Policy, Thresholds } from '@liquid-lln/protocol';
import { type Baseline, baselineIn } from './baseline.js';

/**
 * A learned latency threshold is never below this: under a millisecond an average of a few dozen inferences measures
 * the machine's scheduler and not the package.
 */
const learnedLatencyUsMin = 1_000;

/**
 * The limits for a package: what it promises, else what the package before it was measured at, in the same thermal band
 * if that is known. An energy that nobody promised has no limit: the agent cannot tell the model's share of a machine's
 * power from the rest.
 */
export function thresholdsFor(
  { budgets, outputProfile }: Pick<Manifest, 'budgets' | 'outputProfile'>,
  policy: Policy,
  baseline: Baseline | null,
  bandC: number | null,
  adopted: Pick<AdoptedThresholds, 'latencyUs' | 'energyMw'> | null = null,
): Thresholds {
  return {
    latencyUs: taken(adopted?.latencyUs) ?? latencyThreshold(budgets.latencyMs, policy, baseline, bandC),
    energyMw:
      taken(adopted?.energyMw) ??
      (budgets.energyMw === null ? null : { value: budgets.energyMw, origin: 'budget', bandC: null }),
    temperatureMinC: budgets.temperatureMinC ?? policy.temperatureMinC,
    temperatureMaxC: budgets.temperatureMaxC ?? policy.temperatureMaxC,
    temperatureMinOrigin: budgets.temperatureMinC === null ? 'policy' : 'budget',
    temperatureMaxOrigin: budgets.temperatureMaxC === null ? 'policy' : 'budget',
    outputs: outputProfile?.limits ?? null,
  };
}

/** What an operator took from a baseline comes before what a package promises and what a device has learned. */
function taken(value: number | null | undefined): Thresholds['latencyUs'] {
  return value === null || value === undefined ? null : { value, origin: 'baseline', bandC: null };
}

function latencyThreshold(
  budgetMs: number | null,
  policy: Policy,
  baseline: Baseline | null,
  bandC: number | null,
): Thresholds['latencyUs'] {
  if (budgetMs !== null) return { value: budgetMs * 1_000, origin: 'budget', bandC: null };
  if (baseline === null) return null;
  const found = baselineIn(baseline, bandC);
  const value = Math.max(learnedLatencyUsMin, found.latencyUs * (1 + policy.latencyExcessHealthy));
  return { value, origin: 'baseline', bandC: found.bandC };
}
