import { type Policy, probesPerSecondMax } from '@liquid-lln/protocol';
import { evidenceOf, type TrialProgress } from './trial-policy.js';

/**
 * How many inferences the agent makes itself in the next second of a trial. Where live traffic brings the evidence in
 * time there are none; otherwise just enough to have it by the end of the soak, or at the top rate where that is not
 * to be had.
 */
export function probesDue(progress: TrialProgress, policy: Policy): number {
  const soakSeconds = Math.max(1, policy.soakSeconds);
  const share = Math.min(1, (progress.elapsedSeconds + 1) / soakSeconds);
  const missing = Math.ceil(policy.evidenceInferencesMin * share) - evidenceOf(progress);
  return Math.max(0, Math.min(probesPerSecondMax, missing));
}
