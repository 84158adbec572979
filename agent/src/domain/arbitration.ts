import {
  type CohortCandidate,
  type DesiredDocument,
  type Generation,
  isAboutStandby,
  isInCohort,
  type WaveDocument,
} from '@liquid-lln/protocol';
import type { Assignment } from './store-record.js';

/** The newest documents that have arrived; null where none has. */
export interface Documents {
  readonly wave: WaveDocument | null;
  readonly desired: DesiredDocument | null;
}

/** Who the device is, for waves. Its admission comes with the desired document. */
export type DevicePlace = Omit<CohortCandidate, 'admission'>;

/** The newest instruction that the device has taken up, and whether it has come to its end. */
export type Taken = Pick<Assignment, 'generation' | 'rolloutId' | 'isDone'>;

/**
 * The instruction to take up: the newest that applies to this device and is news to it; null if there is none. A wave
 * applies to the devices of its cohort; without a desired document a device is not admitted to any. A desired document
 * that asks for nothing (it only admits the device) hides no wave, however new it is. One about the standby slot alone
 * does not hide one either: a device that has seen neither comes to run what the wave says first. A wave that only widens
 * its rollout is no news to a device that the rollout has told already, and hides nothing either.
 */
export function arbitrate(
  { wave, desired }: Documents,
  place: DevicePlace,
  taken: Taken,
): Omit<Assignment, 'isDone'> | null {
  // Nearly always: nothing is newer, and whether the wave is for the device, which takes a hash, need not be asked.
  if (Math.max(wave?.generation ?? 0, desired?.generation ?? 0) <= taken.generation) return null;
  const isIn = wave !== null && desired !== null && isInCohort(wave.cohort, { ...place, admission: desired.admission });
  const isAsking = desired !== null && desired.instruction.kind !== 'none';
  const offered = isIn && !isToldAlready(wave, taken) ? wave : null;
  const isOwnNewer = isAsking && (offered === null || desired.generation > offered.generation);
  const newest = isOwnNewer ? desired : offered;
  if (newest === null || newest.generation <= taken.generation) return null;
  if (isIn && isOwnNewer && isAboutStandby(newest.instruction)) {
    if (offered !== null && offered.generation > taken.generation) return assign(offered);
    if (!taken.isDone && taken.rolloutId === wave.rolloutId) return null;
  }
  return assign(newest);
}

function assign(newest: WaveDocument | DesiredDocument): Omit<Assignment, 'isDone'> {
  const { generation, rolloutId, instruction } = newest;
  return { generation, rolloutId, instruction };
}

function isToldAlready({ since, rolloutId }: WaveDocument, taken: Taken): boolean {
  return since !== undefined && taken.rolloutId === rolloutId;
}

/** The newer of two documents of the same topic; a late older one changes nothing. */
export function newerDocument<D extends { readonly generation: Generation }>(known: D | null, arrived: D): D {
  return known === null || arrived.generation > known.generation ? arrived : known;
}
