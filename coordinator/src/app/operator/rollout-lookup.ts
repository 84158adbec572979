import { LlnError, type RolloutSummary } from '@liquid-lln/protocol';
import type { Rollout } from '../../domain/rollout.js';
import { summarizeRollout } from '../../domain/rollout-summary.js';
import type { FleetState } from '../fleet-state.js';
import { viewFleet } from '../views.js';
import type { OperatorComponents } from './operator-context.js';

/** @throws LlnError ROLLOUT_UNKNOWN */
export function findRollout(state: FleetState, rolloutId: Rollout['rolloutId']): Rollout {
  const rollout = state.rollouts.get(rolloutId);
  if (rollout === undefined) throw new LlnError('ROLLOUT_UNKNOWN', `there is no rollout ${rolloutId}`);
  return rollout;
}

/** A rollout as operators see it, at this moment. */
export function summarize(rollout: Rollout, { ledger, presence, reconciler }: OperatorComponents): RolloutSummary {
  return summarizeRollout(rollout, viewFleet(ledger.state, presence), reconciler.planTime());
}
