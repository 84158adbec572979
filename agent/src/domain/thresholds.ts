import type { Manifest, Policy, Thresholds } from '@liquid-lln/protocol';

/**
 * A learned latency threshold is never below this: under a millisecond an average of a few dozen inferences measures
 * the machine's scheduler and not the package.
 */
const learnedLatencyUsMin = 1_000;

/**
 * The limits for a package: what it promises, else what the package before it was measured at. An energy that nobody
 * promised has no limit: the agent cannot tell the model's share of a machine's power from the rest.
 */
export function thresholdsFor(
  { budgets }: Pick<Manifest, 'budgets'>,
  policy: Policy,
  baselineLatencyUs: number | null,
): Thresholds {
  return {
    latencyUs: latencyThreshold(budgets.latencyMs, policy, baselineLatencyUs),
    energyMw: budgets.energyMw === null ? null : { value: budgets.energyMw, origin: 'budget' },
    temperatureMinC: budgets.temperatureMinC ?? policy.temperatureMinC,
    temperatureMaxC: budgets.temperatureMaxC ?? policy.temperatureMaxC,
  };
}

function latencyThreshold(
  budgetMs: number | null,
  policy: Policy,
  baselineLatencyUs: number | null,
): Thresholds['latencyUs'] {
  if (budgetMs !== null) return { value: budgetMs * 1_000, origin: 'budget' };
  if (baselineLatencyUs === null) return null;
  const value = Math.max(learnedLatencyUsMin, baselineLatencyUs * (1 + policy.latencyExcessHealthy));
  return { value, origin: 'baseline' };
}
