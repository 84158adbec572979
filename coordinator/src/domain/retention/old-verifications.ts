import type { Digest, VerificationRecord } from '@liquid-lln/protocol';
import { type DesiredState, packagesInUse } from '../desired-state.js';
import type { FleetView } from '../fleet-view.js';
import { isOpen, packageOf, type Rollout } from '../rollout.js';

/** Packages whose verifications are kept of one device, whether or not anything needs them. */
export const verifiedPackagesMax = 16;

/** What may ask what a package was found to be. */
export interface VerificationUses {
  readonly fleet: FleetView;
  readonly documents: Iterable<DesiredState>;
  readonly rollouts: Iterable<Rollout>;
}

/**
 * Verifications of a device that a new one makes too many: of all but its newest packages, unless a device holds the
 * package, is to get it or an open rollout brings it, for checklists and switches go by them.
 * @param records of one device, the new one included
 */
export function oldVerifications(
  records: readonly VerificationRecord[],
  uses: VerificationUses,
): readonly VerificationRecord[] {
  const newestFirst = [...records].sort((a, b) => b.atMs - a.atMs);
  const digests = [...new Set(newestFirst.map((record) => record.package.digest))];
  if (digests.length <= verifiedPackagesMax) return [];
  const kept = new Set([...digests.slice(0, verifiedPackagesMax), ...neededPackages(uses)]);
  return records.filter((record) => !kept.has(record.package.digest));
}

function neededPackages({ fleet, documents, rollouts }: VerificationUses): Digest[] {
  const held = [...fleet.values()].flatMap(({ reported: { running, slots } }) =>
    [running, slots.blue.package, slots.green.package].flatMap((each) => each?.digest ?? []),
  );
  const brought = [...rollouts].filter(isOpen).flatMap((rollout) => packageOf(rollout)?.digest ?? []);
  return [...held, ...packagesInUse(documents), ...brought];
}
