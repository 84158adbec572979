import { LlnError, type RolloutId, type RolloutSummary } from '@liquid-lln/protocol';
import type { Rollout } from '../../domain/rollout.js';
import { summarizeRollout } from '../../domain/rollout-summary.js';
import type { FleetState } from '../fleet-state.js';
import { viewFleet } from '../views.js';
import type { OperatorComponents } from './operator-context.js';

/**
 * One that is kept whole.
 * @throws LlnError ROLLOUT_UNKNOWN
 */
export function findRollout(state: FleetState, rolloutId: RolloutId): Rollout {
  const rollout = state.rollouts.get(rolloutId);
  if (rollout === undefined) throw unknown(rolloutId);
  return rollout;
}

/** What remains of a rollout that is not kept whole any more; null of one that is. @throws LlnError ROLLOUT_UNKNOWN */
export async function findArchived(
  rolloutId: RolloutId,
  { ledger, store }: Pick<OperatorComponents, 'ledger' | 'store'>,
): Promise<RolloutSummary | null> {
  if (ledger.state.rollouts.has(rolloutId)) return null;
  const archived = await store.readArchivedRollout(rolloutId);
  if (archived === null) throw unknown(rolloutId);
  return archived;
}

/** A rollout as operators see it, at this moment. */
export function summarize(rollout: Rollout, { ledger, presence, reconciler }: OperatorComponents): RolloutSummary {
  return summarizeRollout(rollout, viewFleet(ledger.state, presence), reconciler.planTime());
}

/** The rollout of an id, whole or archived, as operators see it. @throws LlnError ROLLOUT_UNKNOWN */
export async function showAny(rolloutId: RolloutId, components: OperatorComponents): Promise<RolloutSummary> {
  const archived = await findArchived(rolloutId, components);
  return archived ?? summarize(findRollout(components.ledger.state, rolloutId), components);
}

function unknown(rolloutId: RolloutId): LlnError {
  return new LlnError('ROLLOUT_UNKNOWN', `there is no rollout ${rolloutId}`);
}
