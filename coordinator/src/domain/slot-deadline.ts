import type { Generation } from '@liquid-lln/protocol';
import type { DesiredState } from './desired-state.js';
import type { FleetDevice, FleetView, KnownDevice } from './fleet-view.js';
import { isOpen, type Rollout } from './rollout.js';
import { haltRollout } from './rollout-machine.js';

/** What becomes of a staging whose time is over. */
export interface Expiry {
  readonly rollout: Rollout;
  readonly documents: readonly DesiredState[];
  /** In words. */
  readonly reason: string;
}

/**
 * Drops what was staged and never switched to by the time that it was given; null if it is not time, or another rollout
 * is open on these devices, which may be the switch. What was staged anew since has a time of its own.
 */
export function expireStaging(
  rollout: Rollout,
  rollouts: Iterable<Rollout>,
  fleet: FleetView,
  { generation, nowMs }: { readonly generation: Generation; readonly nowMs: number },
): Expiry | null {
  const { instruction, deadlineMs } = rollout;
  if (instruction.kind !== 'stage' || deadlineMs === undefined || nowMs < deadlineMs) return null;
  const others = [...rollouts].filter((other) => other.rolloutId !== rollout.rolloutId && overlap(other, rollout));
  if (others.some(isOpen)) return null;
  const { slot, package: staged } = instruction;
  const reason = `${staged.name}@${staged.version} was staged in ${slot} and not switched to in time`;
  const free = { kind: 'free' as const, slot, digest: staged.digest, reason };
  const isReplaced = others.some((other) => other.kind === 'stage' && other.createdMs > rollout.createdMs);
  const holders = isReplaced ? [] : rollout.members;
  const documents = holders
    .flatMap(({ deviceId }) => fleet.get(deviceId) ?? [])
    .filter((device) => isHolding(device, rollout))
    .map(({ deviceId, admission }) => {
      const { rolloutId } = rollout;
      const document = { v: 1 as const, generation, admission, instruction: free, rolloutId };
      return { kind: 'desired' as const, deviceId, document };
    });
  const { deadlineMs: _, ...over } = rollout;
  return { rollout: isOpen(rollout) ? haltRollout(over, reason, nowMs) : over, documents, reason };
}

/** Whether a device has what was staged for it, or is still to get it. */
function isHolding({ reported }: FleetDevice, { instruction, status }: Rollout): boolean {
  if (instruction.kind !== 'stage') return false;
  const { state, package: content } = reported.slots[instruction.slot];
  const isThere = state === 'staged' && content?.digest === instruction.package.digest;
  return isThere || status === 'running' || status === 'halted';
}

function overlap(one: Rollout, other: Rollout): boolean {
  const ids = new Set(one.candidates.map(({ deviceId }) => deviceId));
  return other.candidates.some(({ deviceId }) => ids.has(deviceId));
}

/**
 * What a slot still holds although it was to be decommissioned by now, in words; null if nothing. The device goes on
 * serving as it does: what was confirmed is not taken back because somebody forgot to clear up behind it.
 */
export function describeOverdue(device: KnownDevice, rollouts: Iterable<Rollout>, nowMs: number): string | null {
  const { running, slots } = device.reported;
  if (running === null) return null;
  const left = running.slot === 'blue' ? 'green' : 'blue';
  const { state, package: content } = slots[left];
  if (state !== 'confirmed' || content === null) return null;
  for (const { kind, status, instruction, deadlineMs, candidates } of rollouts) {
    const isDue = kind === 'switch' && status === 'succeeded' && deadlineMs !== undefined && nowMs >= deadlineMs;
    if (!isDue || instruction.kind !== 'deploy' || instruction.package.digest !== running.digest) continue;
    if (instruction.stagedIn !== running.slot) continue;
    if (candidates.some(({ deviceId }) => deviceId === device.deviceId))
      return `${left} still holds ${content.name}@${content.version}: decommission ${device.environment}-${left}, or switch back`;
  }
  return null;
}
