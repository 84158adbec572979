import {
  type CohortCandidate,
  type DesiredDocument,
  type Generation,
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

/**
 * The instruction to take up: the newest that applies to this device and is newer than `handled`; null if there is
 * none. A wave applies to the devices of its cohort; without a desired document a device is not admitted to any. A
 * desired document that asks for nothing (it only admits the device) hides no wave, however new it is.
 */
export function arbitrate(
  { wave, desired }: Documents,
  place: DevicePlace,
  handled: Generation,
): Omit<Assignment, 'isDone'> | null {
  const isIn = wave !== null && desired !== null && isInCohort(wave.cohort, { ...place, admission: desired.admission });
  const isAsking = desired !== null && desired.instruction.kind !== 'none';
  const newest = isIn && !(isAsking && desired.generation > wave.generation) ? wave : isAsking ? desired : null;
  if (newest === null || newest.generation <= handled) return null;
  const { generation, rolloutId, instruction } = newest;
  return { generation, rolloutId, instruction };
}

/** The newer of two documents of the same topic; a late older one changes nothing. */
export function newerDocument<D extends { readonly generation: Generation }>(known: D | null, arrived: D): D {
  return known === null || arrived.generation > known.generation ? arrived : known;
}
