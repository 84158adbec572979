import { hash } from 'node:crypto';
import { type DeviceId, gatewayOf } from '../base/ids.js';

/** Cohort positions lie in [0, 2^48): exact in a JavaScript number and in a C `uint64_t`. */
export const cohortPositionEnd = 2 ** 48;

/**
 * Where a device stands in the order of a rollout: the first 48 bits of SHA-256(`seed` "/" `device`).
 * Every device computes its own place; the coordinator computes everybody's. Equal seeds give equal places, so a
 * larger cohort always contains a smaller one.
 */
export function cohortPosition(seed: string, device: string): number {
  return Number.parseInt(hash('sha256', `${seed}/${device}`).slice(0, 12), 16);
}

/** What two devices must share to be counted in the same stratum of a cohort; boards count with their gateway. */
export function stratumOf(device: { readonly kind: string; readonly site: string }, isByGateway = false): string {
  return `${isByGateway ? 'gateway' : device.kind}@${device.site}`;
}

/** The name that is hashed for a device's position. */
export function cohortKey(deviceId: DeviceId, isByGateway = false): string {
  return isByGateway ? gatewayOf(deviceId) : deviceId;
}

/** The part of a wave document by which a device finds whether it is in. */
export interface Cohort {
  readonly seed: string;
  /** Positions up to and including this one are in, by stratum. A stratum that is not named is out. */
  readonly strata: Readonly<Record<string, number>>;
  /** Devices admitted to the fleet later than this wait for the wave that is open to all. */
  readonly admittedUpTo: number;
  /** Whether gateways are taken whole, with all of their boards. */
  readonly isByGateway?: boolean;
  /** A smaller cohort of the same seed that is left out. */
  readonly except?: Pick<Cohort, 'strata' | 'admittedUpTo'>;
}

export interface CohortCandidate {
  readonly deviceId: DeviceId;
  readonly kind: string;
  readonly site: string;
  /** The running number that the coordinator gave the device when it was first admitted; from 1. */
  readonly admission: number;
}

/** Whether a device is in a cohort. Device and coordinator call this same function. */
export function isInCohort(cohort: Cohort, device: CohortCandidate): boolean {
  const { except } = cohort;
  return isWithin(cohort, cohort, device) && (except === undefined || !isWithin(cohort, except, device));
}

function isWithin(
  { seed, isByGateway }: Cohort,
  { strata, admittedUpTo }: Pick<Cohort, 'strata' | 'admittedUpTo'>,
  device: CohortCandidate,
): boolean {
  const last = strata[stratumOf(device, isByGateway)];
  if (last === undefined || device.admission > admittedUpTo) return false;
  // Where all of a stratum is in, nobody's place needs to be known; and it takes a hash.
  return last >= cohortPositionEnd - 1 || cohortPosition(seed, cohortKey(device.deviceId, isByGateway)) <= last;
}
