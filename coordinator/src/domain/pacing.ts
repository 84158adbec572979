import { type Cohort, cohortKey, cohortPosition, type DeviceId, isInCohort, stratumOf } from '@liquid-lln/protocol';
import type { PlannedFleet } from './fleet-view.js';
import type { PlanTime } from './member-observation.js';
import { isPaced, type Member, type Rollout } from './rollout.js';
import { isDone, isFailed, type ObservedMember } from './wave-gate.js';

/*
 * A wave document is one message for a whole environment. Where only so many devices may be on the way at once, or only
 * so many may begin in a minute, a wave goes out in portions all the same: the same document again under a newer
 * generation, for a cohort that ends further down the same order. Whoever was told before ignores it.
 */

export const minuteMs = 60_000;
/** A portion is a message to every device of the environment: at most so many messages a second, on average. */
const messagesPerSecondMax = 1_000;
const portionMsMin = 1_000;

/** The time between two portions of a wave. */
export function portionPeriodMs({ candidates }: Rollout): number {
  return Math.max(portionMsMin, Math.ceil((candidates.length / messagesPerSecondMax) * 1_000));
}

/** Members of the wave, and of those before it, that have been told nothing yet. */
export function countUntold({ members }: Rollout, waveIndex: number): number {
  return members.filter((member) => member.waveIndex <= waveIndex && member.told === null).length;
}

/**
 * The members that may be told to begin now, in the order in which cohorts grow.
 * @param observed of the same members, in the same order
 */
export function nextPortion(
  rollout: Rollout,
  waveIndex: number,
  observed: readonly ObservedMember[],
  fleet: PlannedFleet,
  time: PlanTime,
): DeviceId[] {
  const queue = queueOf(rollout, waveIndex, fleet);
  const places = Math.min(freePlaces(rollout, observed), rateAllowance(rollout, time.nowMs));
  const isTooSoon =
    rollout.waves[waveIndex]?.generation != null && countTold(rollout, time.nowMs, portionPeriodMs(rollout)) > 0;
  return isTooSoon ? [] : queue.slice(0, Math.max(0, places)).flat();
}

/** The cohort of all that have been told, or are now: within each stratum the first of its order. */
export function toldCohort(rollout: Rollout, waveIndex: number, now: readonly DeviceId[], fleet: PlannedFleet): Cohort {
  const wave = rollout.waves[waveIndex];
  if (wave === undefined) throw new RangeError(`rollout ${rollout.rolloutId} has no wave ${waveIndex}`);
  const told = new Set([...now, ...rollout.members.filter((member) => member.told !== null).map((m) => m.deviceId)]);
  const planned = rollout.candidates.filter(({ deviceId }) => told.has(deviceId));
  const { seed, isByGateway } = wave.cohort;
  const strata: Record<string, number> = {};
  for (const candidate of planned) {
    const stratum = stratumOf(candidate, isByGateway);
    const position = cohortPosition(seed, cohortKey(candidate.deviceId, isByGateway));
    strata[stratum] = Math.max(strata[stratum] ?? 0, position);
  }
  const isAll = planned.length === rollout.candidates.length;
  const known = new Set(rollout.candidates.map(({ deviceId }) => deviceId));
  const later = [...told].filter((id) => !known.has(id)).flatMap((id) => fleet.get(id)?.admission ?? []);
  const admittedUpTo = Math.max(0, ...rollout.candidates.map(({ admission }) => admission), ...later);
  return { ...wave.cohort, strata: isAll ? wave.cohort.strata : strata, admittedUpTo };
}

/** Whether what is out tells a device to begin that nobody has told by name: it came with another environment's number. */
export function isToldUnasked(rollout: Rollout, deviceId: DeviceId, fleet: PlannedFleet): boolean {
  const device = fleet.get(deviceId);
  if (!isPaced(rollout) || device === undefined) return false;
  return isInCohort(toldCohort(rollout, rollout.waveIndex, [], fleet), device);
}

/** Untold members, gateways that are taken whole together: planned ones wave by wave, then others by their number. */
function queueOf(rollout: Rollout, waveIndex: number, fleet: PlannedFleet): DeviceId[][] {
  const untold = rollout.members.filter((member) => member.waveIndex <= waveIndex && member.told === null);
  const ranks = rankCandidates(rollout);
  const keyed = untold.map((member) => {
    const rank = ranks.get(member.deviceId) ?? null;
    const admission = fleet.get(member.deviceId)?.admission ?? Number.MAX_SAFE_INTEGER;
    return { member, rank, admission, key: keyOf(rollout, member.deviceId) };
  });
  keyed.sort((a, b) => {
    if (a.rank === null || b.rank === null)
      return Number(a.rank === null) - Number(b.rank === null) || a.admission - b.admission;
    return a.member.waveIndex - b.member.waveIndex || a.rank - b.rank || (a.key < b.key ? -1 : 1);
  });
  const places = new Map<string, DeviceId[]>();
  for (const { member, key } of keyed) places.set(key, [...(places.get(key) ?? []), member.deviceId]);
  return [...places.values()];
}

/** Where each candidate stands in its stratum, as a share of it, so that all strata go on evenly. */
function rankCandidates({ candidates, seed, waves }: Rollout): Map<DeviceId, number> {
  const isByGateway = waves[0]?.cohort.isByGateway;
  const strata = new Map<string, { readonly deviceId: DeviceId; readonly position: number }[]>();
  for (const candidate of candidates) {
    const stratum = stratumOf(candidate, isByGateway);
    const position = cohortPosition(seed, cohortKey(candidate.deviceId, isByGateway));
    const members = strata.get(stratum) ?? [];
    members.push({ deviceId: candidate.deviceId, position });
    strata.set(stratum, members);
  }
  const ranks = new Map<DeviceId, number>();
  for (const members of strata.values()) {
    members.sort((a, b) => a.position - b.position);
    const positions = [...new Set(members.map(({ position }) => position))];
    const order = new Map(positions.map((position, index) => [position, (index + 0.5) / positions.length]));
    for (const { deviceId, position } of members) ranks.set(deviceId, order.get(position) ?? 0);
  }
  return ranks;
}

/** Who was told and is neither confirmed nor back may begin at any moment, if it has not: also who is silent. */
function freePlaces(rollout: Rollout, observed: readonly ObservedMember[]): number {
  const { maxUnavailable } = rollout.limits;
  if (maxUnavailable === null) return Number.MAX_SAFE_INTEGER;
  const onTheWay = rollout.members.filter((member, index) => {
    const progress = observed[index]?.progress ?? 'unknown';
    return member.told !== null && !isDone(progress) && !isFailed(progress);
  });
  return maxUnavailable - countPlaces(rollout, onTheWay);
}

/** In any minute as many as the rate says; and in the time between two portions not more than its part of them. */
function rateAllowance(rollout: Rollout, nowMs: number): number {
  const { ratePerMinute } = rollout.limits;
  if (ratePerMinute === null) return Number.MAX_SAFE_INTEGER;
  const periodMs = portionPeriodMs(rollout);
  const perPeriod = Math.ceil((ratePerMinute * Math.min(periodMs, minuteMs)) / minuteMs);
  return Math.min(ratePerMinute - countTold(rollout, nowMs, minuteMs), perPeriod - countTold(rollout, nowMs, periodMs));
}

/** Told within a span before now; by a clock that may have been put back, also after it. */
function countTold(rollout: Rollout, nowMs: number, spanMs: number): number {
  const lately = rollout.members.filter(({ told }) => told !== null && Math.abs(nowMs - told.atMs) < spanMs);
  return countPlaces(rollout, lately);
}

function countPlaces(rollout: Rollout, members: readonly Member[]): number {
  return new Set(members.map(({ deviceId }) => keyOf(rollout, deviceId))).size;
}

function keyOf({ waves }: Rollout, deviceId: DeviceId): string {
  return cohortKey(deviceId, waves[0]?.cohort.isByGateway);
}
