import type { PackageIdentity, RolloutId } from '@liquid-lln/protocol';
import { type Documents, desiredPackage, desireOf, environmentWave, waveOf } from './device-desire.js';
import type { KnownDevice } from './fleet-view.js';
import { describeMisfit, misfitOf, type PackageNeeds } from './package-fit.js';
import { packageOf, type Rollout } from './rollout.js';
import { findSwitchFaults } from './switch-gate.js';

/** What is known of the needs of a package; null where nothing is. */
export type NeedsOf = (identity: PackageIdentity) => PackageNeeds | null;

/**
 * Whether a device that came after a rollout began takes part in it: its wave has to be what is wanted of the device,
 * and the device has to be able to run the package. A switch takes in who serves nothing yet, or has the package staged.
 */
export function mayJoin(rollout: Rollout, device: KnownDevice, documents: Documents, needsOf: NeedsOf): boolean {
  const wave = environmentWave(device, documents);
  const own = documents.get(`desired/${device.deviceId}`)?.document ?? null;
  // Its own document is older than the wave unless something else was said to it since; it may not be its turn yet.
  const isMeant = wave?.rolloutId === rollout.rolloutId && (own === null || own.generation < wave.generation);
  const isDealtWith = own !== null && own.rolloutId === rollout.rolloutId;
  const wanted = packageOf(rollout);
  const canRun = wanted === null || misfitOf(device, needsOf(wanted)) === null;
  return isMeant && !isDealtWith && canRun && canSwitch(rollout, device);
}

function canSwitch({ instruction }: Rollout, device: KnownDevice): boolean {
  if (instruction.kind !== 'deploy' || instruction.stagedIn === undefined || device.reported.running === null)
    return true;
  return findSwitchFaults(device, instruction.stagedIn, instruction.package.digest).length === 0;
}

/**
 * Why a device does not get the package of its environment's wave, in words: it cannot run it. Null where it can, and
 * where something else is wanted of it since.
 */
export function whyPassedOver(device: KnownDevice, documents: Documents, needsOf: NeedsOf): string | null {
  const offered = environmentWave(device, documents);
  const wanted = desiredPackage(offered);
  const misfit = wanted === null ? null : misfitOf(device, needsOf(wanted));
  // Nearly always nothing: whether the device is in the wave takes a hash, and is asked last.
  if (wanted === null || misfit === null || waveOf(device, documents) === null) return null;
  const desire = desireOf(device, documents);
  const isMeant = desire === offered || desire?.instruction.kind === 'none';
  return isMeant ? describeMisfit(misfit, wanted) : null;
}

/**
 * Whether the wave still tells a device to take a package that it is passed over with. A member of the rollout is not:
 * it was promised the package, and how it fails is for the rollout to see.
 */
export function isToRelease(
  device: KnownDevice,
  documents: Documents,
  rollouts: ReadonlyMap<RolloutId, Rollout>,
  needsOf: NeedsOf,
): boolean {
  if (whyPassedOver(device, documents, needsOf) === null) return false;
  const desire = desireOf(device, documents);
  if (desire?.instruction.kind !== 'deploy' || desire.rolloutId === null) return false;
  const members = rollouts.get(desire.rolloutId)?.members ?? [];
  return members.every(({ deviceId }) => deviceId !== device.deviceId);
}
