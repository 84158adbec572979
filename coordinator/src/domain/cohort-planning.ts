import {
  type Cohort,
  type CohortCandidate,
  cohortKey,
  cohortPosition,
  cohortPositionEnd,
  type DeviceId,
  stratumOf,
} from '@liquid-lln/protocol';

/** A cohort with the devices that are in it, those of smaller cohorts of the same plan included. */
export interface PlannedCohort {
  readonly percent: number;
  readonly cohort: Cohort;
  readonly deviceIds: readonly DeviceId[];
}

/** What takes one place: a device, or a gateway with all of its devices. */
interface Placed {
  readonly key: string;
  readonly deviceIds: DeviceId[];
  readonly position: number;
}

type Strata = ReadonlyMap<string, readonly Placed[]>;

/** Seeds tried before the plan gives up; two positions of 2^48 coincide about never, so one does. */
const seedsTriedMax = 16;
/** Absorbs the rounding of `percent / 100 * devices`, so that 20 % of 5 is 1. */
const roundingSlack = 1e-9;

/** Devices that a share of `devices` may hold: never more than the share, never none, and all at 100 %. */
export function cohortSize(percent: number, devices: number): number {
  if (devices === 0 || percent >= 100) return devices;
  return Math.max(1, Math.floor((percent / 100) * devices + roundingSlack));
}

/**
 * A seed under which no two candidates of a stratum share a position, so that cohorts can be exact.
 * @param seed tried first; then `seed.1`, `seed.2`, ...
 */
export function chooseSeed(seed: string, candidates: readonly CohortCandidate[], isByGateway = false): string {
  for (let attempt = 0; attempt < seedsTriedMax; attempt += 1) {
    const tried = attempt === 0 ? seed : `${seed}.${attempt}`;
    if (isCollisionFree(stratify(tried, candidates, isByGateway))) return tried;
  }
  throw new RangeError(`no seed of ${seedsTriedMax} tells all devices apart`);
}

/**
 * Cohorts for ascending `percents` of the candidates. Within a stratum the order is that of the positions, and a
 * stratum never gives a place back, so each cohort contains those before it. The cohort of 100 % is open: it also
 * takes devices that are admitted later.
 *
 * @param seed from `chooseSeed`
 * @param isByGateway whether shares are of gateways, which are taken with all of their candidates
 */
export function planCohorts(
  seed: string,
  candidates: readonly CohortCandidate[],
  percents: readonly number[],
  isByGateway = false,
): PlannedCohort[] {
  const strata = stratify(seed, candidates, isByGateway);
  const placed = sum([...strata.values()].map((members) => members.length));
  const admittedUpTo = candidates.reduce((newest, { admission }) => Math.max(newest, admission), 0);
  let places: ReadonlyMap<string, number> = new Map();
  return percents.map((percent) => {
    places = allot(strata, cohortSize(percent, placed), places);
    const { deviceIds, cohort } = drawCohort(seed, strata, places, percent >= 100 ? null : admittedUpTo);
    return { percent, deviceIds, cohort: isByGateway ? { ...cohort, isByGateway } : cohort };
  });
}

function stratify(seed: string, candidates: readonly CohortCandidate[], isByGateway: boolean): Strata {
  const strata = new Map<string, Map<string, Placed>>();
  for (const candidate of candidates) {
    const stratum = stratumOf(candidate, isByGateway);
    const key = cohortKey(candidate.deviceId, isByGateway);
    const members = strata.get(stratum) ?? new Map<string, Placed>();
    strata.set(stratum, members);
    const known = members.get(key);
    if (known !== undefined) known.deviceIds.push(candidate.deviceId);
    else members.set(key, { key, deviceIds: [candidate.deviceId], position: cohortPosition(seed, key) });
  }
  const inOrder = (members: Map<string, Placed>) => [...members.values()].sort((a, b) => a.position - b.position);
  return new Map([...strata].map(([stratum, members]) => [stratum, inOrder(members)]));
}

function isCollisionFree(strata: Strata): boolean {
  return [...strata.values()].every((members) => new Set(members.map((m) => m.position)).size === members.length);
}

/**
 * Hands out `total` places: to each stratum the whole part of its exact share, then one by one to the stratum that is
 * furthest below it. That is the method of the largest remainder, except that a stratum keeps what it had (`kept`),
 * which plain largest remainders do not promise.
 */
function allot(strata: Strata, total: number, kept: ReadonlyMap<string, number>): Map<string, number> {
  const share = total / sum([...strata.values()].map((members) => members.length));
  const had = new Map([...strata.keys()].map((stratum) => [stratum, kept.get(stratum) ?? 0]));
  const whole = new Map(
    [...strata].map(([stratum, members]) => [
      stratum,
      Math.max(had.get(stratum) ?? 0, Math.floor(members.length * share)),
    ]),
  );
  const places = sum([...whole.values()]) <= total ? whole : had;
  for (let left = total - sum([...places.values()]); left > 0; left -= 1) {
    const neediest = mostBelowShare(strata, places, share);
    places.set(neediest, (places.get(neediest) ?? 0) + 1);
  }
  return places;
}

/** Equal needs go to the stratum whose name comes first, so that a plan can be repeated. */
function mostBelowShare(strata: Strata, places: ReadonlyMap<string, number>, share: number): string {
  const needs = [...strata].map(([stratum, members]) => ({
    stratum,
    need: members.length * share - (places.get(stratum) ?? 0),
  }));
  needs.sort((a, b) => (Math.abs(a.need - b.need) < roundingSlack ? compare(a.stratum, b.stratum) : b.need - a.need));
  return needs[0]?.stratum ?? '';
}

/** @param admittedUpTo null for a cohort that is open to all, later devices included */
function drawCohort(seed: string, strata: Strata, places: ReadonlyMap<string, number>, admittedUpTo: number | null) {
  const thresholds: Record<string, number> = {};
  const deviceIds: DeviceId[] = [];
  for (const [stratum, members] of strata) {
    const chosen = members.slice(0, places.get(stratum) ?? 0);
    const last = chosen.at(-1);
    if (last === undefined) continue;
    thresholds[stratum] = admittedUpTo === null ? cohortPositionEnd - 1 : last.position;
    deviceIds.push(...chosen.flatMap((member) => member.deviceIds));
  }
  const cohort: Cohort = { seed, strata: thresholds, admittedUpTo: admittedUpTo ?? Number.MAX_SAFE_INTEGER };
  return { cohort, deviceIds };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
