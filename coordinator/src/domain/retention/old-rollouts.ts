import type { DeviceId, Digest, RolloutId, RolloutSummary } from '@liquid-lln/protocol';
import { tallyRollout } from '@liquid-lln/protocol';
import type { DesiredState } from '../desired-state.js';
import type { FleetView } from '../fleet-view.js';
import { isSettled, packageOf, type Rollout } from '../rollout.js';

/*
 * Rollouts grow with every device that they concern, and every look at the fleet goes through them. Those that are over
 * are kept whole as long as anything may still ask for their devices; of the others a summary remains, for ever.
 */

/** Rollouts that are over and kept whole, for whoever looks at them; others only while something needs them. */
export const defaultRolloutsKeptMax = 200;
/** Devices of these rollouts together: each of them takes some kilobytes of memory. */
export const membersKeptMax = 50_000;
/** At one look; the next one goes on. */
const archivedAtOnceMax = 20;

/** What may still need a rollout that is over. */
export interface RolloutUses {
  readonly documents: Iterable<DesiredState>;
  readonly fleet: FleetView;
}

/**
 * Rollouts that are over and that nothing needs any more, the oldest first. The newest are kept, as many as are wanted and
 * as have no more than `membersKeptMax` devices together; and always
 * - those of the wave documents in force: they say whom the wave was promised to;
 * - the newest of each kind to each target, and of those that brought a package that a device still holds: rollbacks,
 *   switches, deadlines of slots and checklists go by them.
 */
export function oldRollouts(rollouts: Iterable<Rollout>, uses: RolloutUses, keptMax: number): Rollout[] {
  const all = [...rollouts];
  // Nearly always there are fewer: then nothing is looked at.
  if (all.length <= keptMax && countMembers(all) <= membersKeptMax) return [];
  const newestFirst = all
    .filter(isSettled)
    .reverse()
    .sort((a, b) => b.createdMs - a.createdMs);
  const needed = neededRollouts(newestFirst, uses);
  let [kept, members] = [0, 0];
  const old = newestFirst.filter((rollout) => {
    const size = rollout.members.length;
    const isKept = needed.has(rollout.rolloutId) || (kept < keptMax && members + size <= membersKeptMax);
    if (isKept) [kept, members] = [kept + 1, members + size];
    return !isKept;
  });
  return old.reverse().slice(0, archivedAtOnceMax);
}

function countMembers(rollouts: readonly Rollout[]): number {
  return rollouts.reduce((sum, { members }) => sum + members.length, 0);
}

function neededRollouts(newestFirst: readonly Rollout[], { documents, fleet }: RolloutUses): Set<RolloutId> {
  const needed = new Set<RolloutId>();
  for (const { kind, document } of documents) {
    if (kind === 'wave') needed.add(document.rolloutId);
  }
  const held = heldPackages(fleet);
  const seen = new Set<string>();
  for (const rollout of newestFirst) {
    const digest = packageOf(rollout)?.digest ?? null;
    const place = `${rollout.kind}/${rollout.target}`;
    const uses = digest !== null && isHeld(rollout, digest, held) ? [place, `${place}/${digest}`] : [place];
    if (uses.some((use) => !seen.has(use))) needed.add(rollout.rolloutId);
    for (const use of uses) seen.add(use);
  }
  return needed;
}

/** Which devices have a package, or are on the way to it. */
function heldPackages(fleet: FleetView): Map<Digest, Set<DeviceId>> {
  const held = new Map<Digest, Set<DeviceId>>();
  for (const { deviceId, reported } of fleet.values()) {
    const { running, slots, activity } = reported;
    const digests = [
      running?.digest,
      slots.blue.package?.digest,
      slots.green.package?.digest,
      activity.kind === 'idle' ? undefined : activity.digest,
    ];
    for (const digest of digests) {
      if (digest !== undefined) held.set(digest, (held.get(digest) ?? new Set()).add(deviceId));
    }
  }
  return held;
}

function isHeld({ candidates }: Rollout, digest: Digest, held: ReadonlyMap<Digest, ReadonlySet<DeviceId>>): boolean {
  const holders = held.get(digest);
  return holders !== undefined && candidates.some(({ deviceId }) => holders.has(deviceId));
}

/** What remains of a rollout: all but its devices, of which it keeps the numbers. */
export function archiveRollout(summary: RolloutSummary, nowMs: number): RolloutSummary {
  return { ...summary, members: [], archived: { atMs: nowMs, tally: tallyRollout(summary) } };
}
