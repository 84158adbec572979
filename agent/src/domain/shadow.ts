import type { Digest, Policy } from '@liquid-lln/protocol';
import type { DisagreementFigures } from './disagreement.js';
import type { PackageDecision, TrialProgress } from './trial-policy.js';

/** What may become of a candidate that answers beside the live package. */
export type ShadowDecision =
  | { readonly kind: 'watch'; readonly waitingFor: string }
  | { readonly kind: 'pass' }
  | { readonly kind: 'fail'; readonly detail: string };

/** A candidate that is being watched, as the planner sees it. */
export interface ShadowView {
  readonly digest: Digest;
  readonly progress: TrialProgress;
  readonly disagreement: DisagreementFigures;
  readonly decision: ShadowDecision;
}

/** A candidate is watched as in a trial, for the time of the shadow: by the same limits, with the same evidence. */
export function shadowPolicyOf(policy: Policy): Policy {
  return { ...policy, soakSeconds: policy.shadowSeconds };
}

/**
 * Watch on, let the trial begin, or refuse. Nobody is served by a candidate, so there is time to be sure; what the policy
 * would leave a trial for is not let into one.
 *
 * @param watched what the policy says about the candidate.
 */
export function decideShadow(
  watched: PackageDecision,
  { share, compared }: DisagreementFigures,
  { shadowDisagreementMax }: Pick<Policy, 'shadowDisagreementMax'>,
): ShadowDecision {
  if (watched.kind === 'revert') return { kind: 'fail', detail: watched.detail };
  if (watched.kind === 'keep') return { kind: 'watch', waitingFor: watched.waitingFor };
  if (share === null || share <= shadowDisagreementMax) return { kind: 'pass' };
  const limit = round(shadowDisagreementMax);
  return { kind: 'fail', detail: `it disagrees by ${round(share)} over ${compared} steps, limit ${limit}` };
}

function round(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
