import { type Breach, findBreaches, type Policy, type PolicyWindows, type Thresholds } from '@liquid-lln/protocol';

/** What was seen since the package went live on trial. */
export interface TrialProgress {
  readonly elapsedSeconds: number;
  readonly inferences: number;
  readonly errors: number;
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
  const breaches = findBreaches(windows, thresholds, policy);
  const fatal = breaches.find((breach) => breach.level === 'rollback');
  if (fatal !== undefined) {
    const cause = fatal.metric === 'crash' ? 'crash' : 'policy';
    return { kind: 'revert', cause, breach: fatal, detail: describeBreach(fatal) };
  }
  if (progress === null) return { kind: 'keep', waitingFor: '' };
  return decideTrial(progress, breaches, policy, condition);
}

function decideTrial(
  progress: TrialProgress,
  breaches: readonly Breach[],
  policy: Policy,
  condition: EngineCondition,
): PackageDecision {
  const evidence = evidenceOf(progress);
  const waitingFor = condition.waitingFor ?? describeWait(progress, breaches, policy);
  if (waitingFor === null) return { kind: 'confirm', evidence, soakedSeconds: progress.elapsedSeconds };
  if (progress.elapsedSeconds >= policy.trialSecondsMax) {
    const detail = `not confirmed within ${policy.trialSecondsMax} s: still waiting for ${waitingFor}`;
    return { kind: 'revert', cause: 'deadline', breach: null, detail };
  }
  return { kind: 'keep', waitingFor };
}

/** What the confirmation still waits for, in words; null if for nothing. */
function describeWait(progress: TrialProgress, breaches: readonly Breach[], policy: Policy): string | null {
  const { elapsedSeconds, inferences, errors } = progress;
  const evidence = evidenceOf(progress);
  if (elapsedSeconds < policy.soakSeconds) {
    return `the soak: ${Math.floor(elapsedSeconds)} of ${policy.soakSeconds} s`;
  }
  const alert = breaches[0];
  if (alert !== undefined) return `an alert to end: ${describeBreach(alert)}`;
  if (evidence < policy.evidenceInferencesMin) {
    return `evidence: ${evidence} of ${policy.evidenceInferencesMin} clean inferences`;
  }
  if (errors > 0 && errors / inferences >= policy.errorRatioHealthy) {
    return `the error rate to fall below ${policy.errorRatioHealthy}: ${errors} of ${inferences} failed`;
  }
  return null;
}

/** A breach in words, with the figures. */
export function describeBreach({ metric, value, limit, unit, samples }: Breach): string {
  return `${metric} ${round(value)} ${unit}, limit ${round(limit)} ${unit}, over ${samples} samples`;
}

function round(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
