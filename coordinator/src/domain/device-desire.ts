import {
  type Generation,
  type Instruction,
  isAboutStandby,
  isInCohort,
  type PackageIdentity,
  type RolloutId,
  type WaveDocument,
} from '@liquid-lln/protocol';
import type { DesiredState } from './desired-state.js';
import type { KnownDevice } from './fleet-view.js';

export interface Desire {
  readonly generation: Generation;
  readonly instruction: Instruction;
  /** Null where no rollout asks. */
  readonly rolloutId: RolloutId | null;
  /** The generation with which its rollout began, where this is not its first document. */
  readonly since?: Generation;
}

/** Documents in force, by `desiredStateKey`. */
export type Documents = ReadonlyMap<string, DesiredState>;

/** What is wanted of a device: its own document or its environment's wave, whichever is newer. Null before admission. */
export function desireOf(device: KnownDevice, documents: Documents): Desire | null {
  const own = documents.get(`desired/${device.deviceId}`)?.document ?? null;
  const wave = waveOf(device, documents);
  if (wave === null) return own;
  // What a rollout told a device by itself is not changed by its waves that only widen it.
  if (own !== null && wave.since !== undefined && own.rolloutId === wave.rolloutId) return own;
  return own === null || wave.generation > own.generation ? wave : own;
}

/** The same of its live slot: a document about the standby slot alone takes nothing back of what the wave says. */
export function liveDesireOf(device: KnownDevice, documents: Documents): Desire | null {
  const desire = desireOf(device, documents);
  return desire !== null && isAboutStandby(desire.instruction) ? (waveOf(device, documents) ?? desire) : desire;
}

/** The wave of its environment, if the device is in it; its own document may be newer. */
export function waveOf(device: KnownDevice, documents: Documents): WaveDocument | null {
  const wave = environmentWave(device, documents);
  return wave !== null && isInCohort(wave.cohort, device) ? wave : null;
}

/** The wave of a device's environment, whether or not the device is in it. */
export function environmentWave({ environment }: KnownDevice, documents: Documents): WaveDocument | null {
  const wave = documents.get(`wave/${environment}`);
  return wave?.kind === 'wave' ? wave.document : null;
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
export function hasGivenUp(device: KnownDevice, desire: Desire | null): boolean {
  const { outcome } = device.reported;
  const wanted = desiredPackage(desire);
  if (
    wanted === null ||
    desire === null ||
    outcome === null ||
    outcome.generation < (desire.since ?? desire.generation)
  )
    return false;
  const isOfWanted = outcome.digest === null || outcome.digest === wanted.digest;
  return isOfWanted && (outcome.result === 'reverted' || outcome.result === 'refused');
}
