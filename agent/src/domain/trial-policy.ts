import {
  type Breach,
  breachesOf,
  easedLimits,
  errorShares,
  findUnmeasured,
  limitsInForce,
  type Policy,
  type PolicyWindows,
  type Thresholds,
  trialOnlyMetrics,
} from '@liquid-lln/protocol';
import type { InferenceTally } from './inference-sample.js';

/** What was seen since the package went live on trial. */
export interface TrialProgress extends Readonly<InferenceTally> {
  readonly elapsedSeconds: number;
}

/** What the policy says about the live package. */
export type PackageDecision =
  | { readonly kind: 'keep'; readonly waitingFor: string }
  | { readonly kind: 'confirm'; readonly evidence: number; readonly soakedSeconds: number }
  | {
      readonly kind: 'revert';
      /** `restart`: what runs the package has lost it, which is not the package's fault. */
      readonly cause: 'policy' | 'crash' | 'deadline' | 'restart';
      readonly breach: Breach | null;
      readonly detail: string;
    };

/** What the engine itself says about the live package, beside what its answers show. */
export interface EngineCondition {
  /** Why the package must be left whatever the policy says; null if it need not. */
  readonly departure: { readonly cause: 'crash' | 'restart'; readonly detail: string } | null;
  /** What a confirmation has to wait for; null for nothing. */
  readonly waitingFor: string | null;
}

export const soundEngine: EngineCondition = { departure: null, waitingFor: null };

/** Inferences of a trial that count as evidence for it. */
export function evidenceOf({ inferences, errors }: Pick<TrialProgress, 'inferences' | 'errors'>): number {
  return inferences - errors;
}

/**
 * Keep, confirm or revert, from what the device itself has seen. Nothing in here knows whether a broker is there.
 *
 * @param progress of the trial; null for a confirmed package, which the same triggers watch.
 * @param condition of what runs the package.
 */
export function decidePackage(
  progress: TrialProgress | null,
  windows: PolicyWindows,
  thresholds: Thresholds,
  policy: Policy,
  condition: EngineCondition = soundEngine,
): PackageDecision {
  if (condition.departure !== null) return { kind: 'revert', breach: null, ...condition.departure };
  const limits = limitsInForce(thresholds, policy);
  const isFatal = ({ level, metric }: Breach) =>
    level === 'rollback' && (progress !== null || !trialOnlyMetrics.has(metric));
  const fatal = breachesOf(windows, limits, policy).find(isFatal);
  if (fatal !== undefined) {
    const cause = fatal.metric === 'crash' ? 'crash' : 'policy';
    return { kind: 'revert', cause, breach: fatal, detail: describeBreach(fatal) };
  }
  if (progress === null) return { kind: 'keep', waitingFor: '' };
  const waitingFor =
    condition.waitingFor ??
    describeWait(progress, policy) ??
    describeAlert(breachesOf(windows, easedLimits(limits), policy)) ??
    describeDoubt(windows, thresholds);
  return decideTrial(progress, waitingFor, policy);
}

function decideTrial(progress: TrialProgress, waitingFor: string | null, policy: Policy): PackageDecision {
  const evidence = evidenceOf(progress);
  if (waitingFor === null) return { kind: 'confirm', evidence, soakedSeconds: progress.elapsedSeconds };
  if (progress.elapsedSeconds >= policy.trialSecondsMax) {
    const detail = `not confirmed within ${policy.trialSecondsMax} s: still waiting for ${waitingFor}`;
    return { kind: 'revert', cause: 'deadline', breach: null, detail };
  }
  return { kind: 'keep', waitingFor };
}

/** What of the trial's own counts the confirmation still waits for, in words; null if for nothing. */
function describeWait(progress: TrialProgress, policy: Policy): string | null {
  const { elapsedSeconds } = progress;
  const evidence = evidenceOf(progress);
  if (elapsedSeconds < policy.soakSeconds) {
    return `the soak: ${Math.floor(elapsedSeconds)} of ${policy.soakSeconds} s`;
  }
  if (evidence < policy.evidenceInferencesMin) {
    return `evidence: ${evidence} of ${policy.evidenceInferencesMin} clean inferences`;
  }
  const unhealthy = errorShares(progress).find(({ of, count }) => count > 0 && count / of >= policy.errorRatioHealthy);
  if (unhealthy === undefined) return null;
  return `the error rate to fall below ${policy.errorRatioHealthy}: ${unhealthy.count} of ${unhealthy.of} failed`;
}

/** Alerts hold a confirmation up until their figures are clearly back: what swings about a limit is not confirmed. */
function describeAlert([alert]: readonly Breach[]): string | null {
  return alert === undefined ? null : `an alert to end: ${describeBreach(alert)}`;
}

/** What cannot be told yet and must be: figures that limits are set for, and outputs that have never changed. */
function describeDoubt({ recent, outputs }: PolicyWindows, thresholds: Thresholds): string | null {
  const unmeasured = findUnmeasured(recent, thresholds);
  if (unmeasured !== null) return `${unmeasured} to be measured: ${recent.badReadings} readings were no numbers`;
  if (outputs === null || thresholds.outputs === null) return null;
  const { hasNeverChanged, stuckSteps } = outputs;
  const isUnusual = hasNeverChanged && stuckSteps > thresholds.outputs.stuckStepsMax;
  return isUnusual ? `the outputs to change: the same for ${stuckSteps} steps with other inputs` : null;
}

/** A breach in words, with the figures. */
export function describeBreach({ metric, value, limit, unit, samples }: Breach): string {
  return `${metric} ${round(value)} ${unit}, limit ${round(limit)} ${unit}, over ${samples} samples`;
}

function round(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
