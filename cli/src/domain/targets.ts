import type { Environment, RolloutSummary, Target } from '@liquid-lln/protocol';
import { isOpen } from './rollout-outcome.js';

/** The options that say which devices are meant. */
export interface TargetOptions {
  readonly target: string;
  readonly env?: Environment;
}

export function targetOf({ target, env }: TargetOptions): Target {
  return { name: target, environment: env ?? null };
}

/** The open rollouts that a `stop --target` means: those to that target, those in that environment, or with `all` each. */
export function rolloutsToStop(rollouts: readonly RolloutSummary[], target: Target): RolloutSummary[] {
  return rollouts
    .filter(isOpen)
    .filter((rollout) => target.environment === null || rollout.environment === target.environment)
    .filter((rollout) => target.name === 'all' || [rollout.target, rollout.environment].includes(target.name));
}
