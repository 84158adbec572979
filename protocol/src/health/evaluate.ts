import { binomialTail, type EvidenceLevel, evidenceLevels, isMeanBeyondChance } from './evidence.js';
import type { Breach, WindowFigures } from './figures.js';
import { batchesMin, type Policy } from './limits.js';
import type { LimitInForce } from './limits-in-force.js';
import type { OutputFigures } from './output-figures.js';
import { mean, type Sketch } from './sketch.js';

/** What an error rate is made of. */
export type ErrorFigures = Pick<WindowFigures, 'seconds' | 'inferences' | 'errors' | 'probes' | 'probeErrors'>;

/** What the policy looks at: the error rate has a window of its own, and outputs are judged in blocks. */
export interface PolicyWindows {
  /** The last `windowSeconds`. */
  readonly recent: WindowFigures;
  /** The last `errorRateWindowSeconds`. */
  readonly errors: ErrorFigures;
  /** Null where nobody looks at outputs. */
  readonly outputs: OutputFigures | null;
}

/**
 * All limits that the windows pass: one breach a limit, at its highest level. Pure. A window that holds too little says
 * nothing, and a breach that a healthy package could show by chance is none; see `evidence.ts`.
 *
 * @param limits `limitsInForce`, or those that end alerts: `easedLimits`.
 */
export function breachesOf(windows: PolicyWindows, limits: readonly LimitInForce[], policy: Policy): Breach[] {
  return limits.map((limit) => breachOf(windows, limit, policy)).filter((breach) => breach !== null);
}

function breachOf({ recent, errors, outputs }: PolicyWindows, limit: LimitInForce, policy: Policy): Breach | null {
  switch (limit.metric) {
    case 'error-rate':
      return errorRateBreach(recent, errors, limit, policy);
    case 'output':
      return shareBreach(clientsOf(recent, recent.nonFinite), limit);
    case 'latency':
      return latencyBreach(recent, limit, policy);
    case 'energy':
      return averageBreach(recent.energyMw?.value ?? null, recent.energyBatches, batchesMin(policy).energy, limit);
    case 'memory':
      return passing(limit, recent.memoryRatio, 1);
    case 'temperature':
      return passing(limit, recent.temperatureC?.value ?? null, 1);
    case 'crash':
      return passing(limit, recent.crashes, recent.crashes);
    case 'saturation':
      return passing(limit, outputs?.saturation ?? null, outputs?.blockSteps ?? 0);
    case 'drift':
      return passing(limit, outputs?.drift ?? null, outputs?.blockSteps ?? 0);
    case 'stuck':
      return passing(limit, outputs?.stuckSteps ?? null, outputs?.stuckSteps ?? 0);
    case 'liveness':
      return null;
    default:
      return limit.metric satisfies never;
  }
}

/** So many of a kind among so many. */
export interface Share {
  readonly of: number;
  readonly count: number;
}

function clientsOf({ inferences, probes }: WindowFigures, count: number): Share {
  return { of: inferences - probes, count };
}

/** What clients met and what probes met, apart: neither may thin the other's errors out. */
export function errorShares(figures: Omit<ErrorFigures, 'seconds'>): readonly [Share, Share] {
  const { inferences, errors, probes, probeErrors } = figures;
  return [
    { of: inferences - probes, count: errors - probeErrors },
    { of: probes, count: probeErrors },
  ];
}

/** A rollback needs the rate over the whole of its span; an alert looks at the short window. */
function errorRateBreach(
  recent: WindowFigures,
  errors: ErrorFigures,
  limit: LimitInForce,
  policy: Policy,
): Breach | null {
  const isWindowFull = errors.seconds >= policy.errorRateWindowSeconds;
  const fatal = isWindowFull ? worstShare(errors, { ...limit, alert: null }) : null;
  return fatal ?? worstShare(recent, { ...limit, rollback: null });
}

function worstShare(figures: ErrorFigures, limit: LimitInForce): Breach | null {
  const found = errorShares(figures).map((share) => shareBreach(share, limit));
  return found.reduce((worst, breach) => ((breach?.value ?? 0) > (worst?.value ?? 0) ? breach : worst), null);
}

/** A share over its limit that a package at the end of what is healthy does not show by chance. */
function shareBreach({ of, count }: Share, limit: LimitInForce): Breach | null {
  if (of === 0) return null;
  const isNoChance = ({ chance }: EvidenceLevel) => binomialTail(count, of, limit.healthy ?? 0) <= chance;
  return levelled(limit, count / of, of, isNoChance);
}

function latencyBreach(
  { latencyUs, latencyBatches }: WindowFigures,
  limit: LimitInForce,
  policy: Policy,
): Breach | null {
  if (latencyUs.count < policy.windowInferencesMin) return null;
  const breach = averageBreach(mean(latencyUs), latencyBatches, batchesMin(policy).latency, limit);
  return breach === null ? null : { ...breach, samples: latencyUs.count };
}

function averageBreach(value: number | null, batches: Sketch, countMin: number, limit: LimitInForce): Breach | null {
  if (batches.count < countMin) return null;
  const isNoChance = (level: EvidenceLevel) => isMeanBeyondChance(batches, limit.healthy ?? 0, level);
  return levelled(limit, value, batches.count, isNoChance);
}

function passing(limit: LimitInForce, value: number | null, samples: number): Breach | null {
  return levelled(limit, value, samples, () => true);
}

/** The highest level that the value passes with enough evidence. What is no finite number passes nothing. */
function levelled(
  limit: LimitInForce,
  value: number | null,
  samples: number,
  isEvident: (level: EvidenceLevel) => boolean,
): Breach | null {
  if (value === null || !Number.isFinite(value)) return null;
  const { metric, side, unit } = limit;
  for (const level of ['rollback', 'alert'] as const) {
    const bound = limit[level];
    const isPassed = bound !== null && (side === 'above' ? value > bound : value < bound);
    if (isPassed && isEvident(evidenceLevels[level])) return { metric, level, value, limit: bound, unit, samples };
  }
  return null;
}
