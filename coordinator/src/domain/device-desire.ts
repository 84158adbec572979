import { type Generation, type Instruction, isInCohort, type PackageIdentity } from '@liquid-lln/protocol';
import type { DesiredState } from './desired-state.js';
import type { FleetDevice } from './fleet-view.js';

export interface Desire {
  readonly generation: Generation;
  readonly instruction: Instruction;
}

/** Documents in force, by `desiredStateKey`. */
export type Documents = ReadonlyMap<string, DesiredState>;

/** What is wanted of a device: its own document or its environment's wave, whichever is newer. Null before admission. */
export function desireOf(device: FleetDevice, documents: Documents): Desire | null {
  const own = documents.get(`desired/${device.deviceId}`)?.document ?? null;
  const wave = documents.get(`wave/${device.environment}`);
  if (wave?.kind !== 'wave' || !isInCohort(wave.document.cohort, device)) return own;
  return own === null || wave.document.generation > own.generation ? wave.document : own;
}

/** The package that a device should come to run; null where nothing is asked of it. */
export function desiredPackage(desire: Desire | null): PackageIdentity | null {
  if (desire === null || desire.instruction.kind !== 'deploy') return null;
  const { digest, name, version } = desire.instruction.package;
  return { digest, name, version };
}

/**
 * Whether a device has left, or refused, the package that is still wanted of it: then the wish has to change, or it
 * would be repeated to the device for ever.
 */
export function hasGivenUp(device: FleetDevice, desire: Desire | null): boolean {
  const wanted = desiredPackage(desire);
  const { outcome } = device.reported;
  if (wanted === null || desire === null || outcome === null || outcome.generation < desire.generation) return false;
  const isOfWanted = outcome.digest === null || outcome.digest === wanted.digest;
  return isOfWanted && (outcome.result === 'reverted' || outcome.result === 'refused');
}
