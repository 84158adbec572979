import type { DeviceId, Digest, Generation } from '@liquid-lln/protocol';
import { lastingSlot } from './drill.js';
import { installedIn, type StoreRecord } from './store-record.js';

/** A device that is to confirm its package together with the others of its gateway. */
export interface UnitMember {
  readonly deviceId: DeviceId;
  readonly generation: Generation;
  readonly digest: Digest;
  /** `ready`: on trial and wants to confirm; `failed`: refused the package, or left it. */
  readonly phase: 'working' | 'ready' | 'confirmed' | 'failed';
}

/** What the others of a gateway mean for one of its devices. */
export type UnitDecision =
  /** It decides alone, or all are ready. */
  | { readonly kind: 'free' }
  | { readonly kind: 'wait'; readonly waitingFor: readonly DeviceId[] }
  /** Another one failed: the package is not taken, or left. */
  | { readonly kind: 'leave'; readonly because: DeviceId };

export const aloneInUnit: UnitDecision = { kind: 'free' };

/**
 * A device's part in a unit; null if its newest instruction is not one for a unit.
 * @param isReady whether its trial wants to confirm: asked only where that matters, since it takes an evaluation.
 */
export function unitMemberOf(deviceId: DeviceId, record: StoreRecord, isReady: () => boolean): UnitMember | null {
  const { assignment } = record;
  if (assignment?.instruction.kind !== 'deploy' || assignment.instruction.asUnit !== true) return null;
  const { digest } = assignment.instruction.package;
  const { generation } = assignment;
  const isLive = installedIn(record, lastingSlot(record))?.package.digest === digest;
  if (!isLive) return { deviceId, generation, digest, phase: assignment.isDone ? 'failed' : 'working' };
  if (record.trial === null || record.drill !== null) return { deviceId, generation, digest, phase: 'confirmed' };
  return { deviceId, generation, digest, phase: isReady() ? 'ready' : 'working' };
}

/** Whether a device may confirm, must wait, or must leave the package with the others. */
export function decideUnit(own: UnitMember | null, members: readonly UnitMember[]): UnitDecision {
  if (own === null) return aloneInUnit;
  const mates = members.filter((member) => member.deviceId !== own.deviceId && isSameUnit(member, own));
  const failed = mates.find((mate) => mate.phase === 'failed');
  if (failed !== undefined) return { kind: 'leave', because: failed.deviceId };
  const waitingFor = mates.filter((mate) => mate.phase === 'working').map((mate) => mate.deviceId);
  return waitingFor.length === 0 ? aloneInUnit : { kind: 'wait', waitingFor };
}

/** Units of which one device has the package for good and another has failed with it. */
export function findMixedUnits(members: readonly UnitMember[]): { confirmed: UnitMember; failed: UnitMember }[] {
  return members
    .filter((member) => member.phase === 'failed')
    .flatMap((failed) => {
      const confirmed = members.find((member) => member.phase === 'confirmed' && isSameUnit(member, failed));
      return confirmed === undefined ? [] : [{ confirmed, failed }];
    });
}

function isSameUnit(a: UnitMember, b: UnitMember): boolean {
  return a.generation === b.generation && a.digest === b.digest;
}
