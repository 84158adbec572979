import type { RolloutId } from '@liquid-lln/protocol';
import { isOpen, type Rollout } from '../rollout.js';
import type { TraceTail } from './rollout-trace.js';

/** Records of rollouts that are over, kept for `replay`; the rollouts themselves may stay longer. */
export const defaultRecordsKeptMax = 200;

/** Rollouts whose record goes: those that are over, but for the newest. */
export function oldRecords(
  rollouts: Iterable<Rollout>,
  traces: ReadonlyMap<RolloutId, TraceTail>,
  keptMax: number,
): RolloutId[] {
  // Nearly always there are fewer: then nothing is looked at.
  if (traces.size <= keptMax) return [];
  const over = [...rollouts].filter((rollout) => !isOpen(rollout) && traces.has(rollout.rolloutId));
  over.sort((a, b) => a.createdMs - b.createdMs);
  return over.slice(0, Math.max(0, over.length - keptMax)).map(({ rolloutId }) => rolloutId);
}
