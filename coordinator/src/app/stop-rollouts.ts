import type { RolloutId } from '@liquid-lln/protocol';
import { type DesiredState, holdDocuments } from '../domain/desired-state.js';
import type { FleetView } from '../domain/fleet-view.js';
import { isOpen, packageOf, type Rollout } from '../domain/rollout.js';
import { describeStop, haltRollout } from '../domain/rollout-machine.js';
import type { FleetChange } from '../ports/fleet-store.js';
import type { FleetState } from './fleet-state.js';
import { nextGeneration, storeDocuments } from './reconcile.js';

/** Who stops, why and when. */
export interface Stopping {
  readonly by: string;
  readonly reason: string | null;
  readonly nowMs: number;
}

export interface StoppedRollouts {
  readonly changes: readonly FleetChange[];
  /** To be published when the changes are on disk. */
  readonly documents: readonly DesiredState[];
  /** Those that were open. */
  readonly stopped: readonly RolloutId[];
}

/** Halts rollouts; their devices give up what they have not confirmed. One that is not open stays as it is. */
export function stopRollouts(
  state: FleetState,
  rollouts: readonly Rollout[],
  stopping: Stopping,
  fleet: FleetView,
): StoppedRollouts {
  const changes: FleetChange[] = [];
  const documents: DesiredState[] = [];
  const open = rollouts.filter(isOpen);
  let { generation } = state;
  for (const rollout of open) {
    const generations = { next: nextGeneration(generation), parent: generation };
    const detail = describeStop({ reason: stopping.reason }, stopping.by);
    const held = holdDocuments(rollout, detail, generations, fleet);
    const ending = held.length === 0 ? null : { generation: generations.next, kind: 'hold' as const, fromWave: 0 };
    const halted = { ...haltRollout(rollout, detail, stopping.nowMs), ending };
    if (held.length > 0) generation = generations.next;
    changes.push(
      { kind: 'put-rollout', rollout: halted },
      ...(held.length === 0 ? [] : storeDocuments(held, generation)),
      auditStop(halted, stopping),
    );
    documents.push(...held);
  }
  return { changes, documents, stopped: open.map(({ rolloutId }) => rolloutId) };
}

/** What a rollout brings, to whom, in which waves. */
export function describeRollout(rollout: Rollout): string {
  const { waves, target, seed } = rollout;
  const identity = packageOf(rollout);
  const without = rollout.kind === 'decommission' ? 'nothing' : 'previous';
  const brings = identity === null ? without : `${identity.name}@${identity.version}`;
  const plan = waves.map((wave) => `${wave.percent} % = ${wave.devices}`).join(', ');
  return `${brings} to ${target}; waves ${plan}; seed ${seed}`;
}

function auditStop(rollout: Rollout, { by, reason, nowMs }: Stopping): FleetChange {
  const detail = describeRollout(rollout).slice(0, 4_000);
  return {
    kind: 'add-audit',
    entry: { atMs: nowMs, actor: by, action: 'stop', subject: rollout.rolloutId, reason, detail },
  };
}
