import type { FleetView } from '../domain/fleet-view.js';
import type { PlanTime } from '../domain/member-observation.js';
import { defaultRecordsKeptMax, oldRecords } from '../domain/replay/old-records.js';
import { archiveRollout, defaultRolloutsKeptMax, oldRollouts } from '../domain/retention/old-rollouts.js';
import { summarizeRollout } from '../domain/rollout-summary.js';
import type { FleetChange } from '../ports/fleet-store.js';
import type { FleetState } from './fleet-state.js';

/** What is kept of rollouts that are over, at most. */
export interface KeptRollouts {
  /** Whole; others while something needs them. */
  readonly rolloutsKeptMax: number;
  /** With their record, for replays. */
  readonly recordsKeptMax: number;
}

export const defaultKeptRollouts: KeptRollouts = {
  rolloutsKeptMax: defaultRolloutsKeptMax,
  recordsKeptMax: defaultRecordsKeptMax,
};

/** Archives rollouts that nothing needs any more, and drops records that are too old: an archived one has none. */
export function forgetRollouts(
  state: FleetState,
  fleet: FleetView,
  time: PlanTime,
  { rolloutsKeptMax, recordsKeptMax }: KeptRollouts,
): FleetChange[] {
  const uses = { documents: state.documents.values(), fleet };
  const old = oldRollouts(state.rollouts.values(), uses, rolloutsKeptMax);
  const dropped = new Set(oldRecords(state.rollouts.values(), state.traces, recordsKeptMax));
  for (const { rolloutId } of old) if (state.traces.has(rolloutId)) dropped.add(rolloutId);
  return [
    ...[...dropped].map((rolloutId) => ({ kind: 'drop-trace' as const, rolloutId })),
    ...old.map((rollout) => {
      const summary = archiveRollout(summarizeRollout(rollout, fleet, time), time.nowMs);
      return { kind: 'archive-rollout' as const, summary };
    }),
  ];
}
