import {
  type Activity,
  type DeviceId,
  defaultPolicy,
  type Generation,
  heartbeatsMissedMax,
} from '@liquid-lln/protocol';
import type { WaveAnalysis } from '../analysis/wave-analysis.js';
import type { PlannedDevice, PlannedFleet, PlannedReport } from '../fleet-view.js';
import type { PlanTime } from '../member-observation.js';
import { isOpen, type Rollout } from '../rollout.js';

/*
 * What is kept of a rollout while it goes: whatever its plans looked at, as it changed, so that the same plans can be
 * made again later, under the same limits or under others. Devices are known by their last report alone, and silence by
 * nothing at all once it is over: without the trace nobody could say afterwards what a gate had before it.
 */

/** A device as a plan saw it. */
export interface Sight extends Omit<PlannedDevice, 'silentMs'> {
  /** By the coordinator's clock; null while it was heard of within `quietMs`. */
  readonly silentSinceMs: number | null;
}

/** What of a device is another than at the sight before. */
export type SightChange = Pick<Sight, 'deviceId'> &
  Partial<Omit<Sight, 'reported'>> & { readonly reported?: Partial<PlannedReport> };

/** One look at a rollout, where anything was another than at the look before. */
export interface TraceLook {
  readonly atMs: number;
  /** Silence after which the coordinator counts a device as unknown, where the rollout does not say. */
  readonly silenceMsMax: number;
  /** The rollout before the plan, where somebody else than a plan had changed it; always in a coordinator's first look. */
  readonly rollout?: Rollout;
  /** Whether a coordinator looked for the first time since it started; no if it is left out. */
  readonly isFirst?: boolean;
  /** Where nothing else of the rollout was changed but its analysis. */
  readonly analysis?: WaveAnalysis;
  /** Devices that are seen for the first time since a coordinator's first look. */
  readonly met?: readonly Sight[];
  readonly seen?: readonly SightChange[];
  /** Of the steps that the plan took; left out where it took none. */
  readonly generation?: Generation;
  /** Whether nothing is kept of what comes after; no if it is left out. */
  readonly isLast?: boolean;
}

/** A device at the last look, with what its sight was made from: most devices are as they were. */
interface KnownSight {
  readonly sight: Sight;
  readonly source: PlannedReport;
  readonly activityNotedMs: number;
}

/** What the next look is compared with. */
export interface TraceTail {
  /** As the last plan left it; null until a coordinator that started has looked. */
  readonly rollout: Rollout | null;
  readonly known: ReadonlyMap<DeviceId, KnownSight>;
  /** Of all looks that are kept, see `weightOf`. */
  readonly weight: number;
}

/** Before the first look of a coordinator. @param weight of what is kept already */
export function openTail(weight: number): TraceTail {
  return { rollout: null, known: new Map(), weight };
}

/** Sights and looks kept of one rollout. */
export const traceWeightMax = 200_000;
/** The evidence of a trial grows with each report; it is noted once in that time. */
const activityNoteMs = 30_000;

/** What a look takes of the room for a trace. */
function weightOf({ met = [], seen = [], rollout }: TraceLook): number {
  return 1 + met.length + seen.length + (rollout === undefined ? 0 : rollout.members.length);
}

/** Silence that is noted: what a healthy device never shows, or the rollout's deadline where that is shorter. */
export function quietMsOf({ instruction, limits }: Rollout, silenceMsMax: number): number {
  const { heartbeatSeconds } = instruction.kind === 'deploy' ? instruction.policy : defaultPolicy;
  const deadlineMs = limits.silenceSecondsMax === null ? silenceMsMax : limits.silenceSecondsMax * 1_000;
  return Math.min(heartbeatsMissedMax * heartbeatSeconds * 1_000, deadlineMs);
}

/** A rollout at one look: as it was found, and as the plan left it. */
export interface LookedAt {
  readonly before: Rollout;
  readonly after: Rollout;
  /** Of the steps that were taken; null if none were. */
  readonly generation: Generation | null;
}

/** What a look adds to a rollout's trace. */
export interface TraceAddition {
  readonly look: TraceLook;
  /** Of the look alone. */
  readonly weight: number;
  readonly tail: TraceTail;
}

/** What has to be kept of a look; null if nothing has. A rollout that was over at the look before is left alone. */
export function traceLook(
  tail: TraceTail,
  { before, after, generation }: LookedAt,
  fleet: PlannedFleet,
  { nowMs, silenceMsMax }: PlanTime,
): TraceAddition | null {
  const { rollout: left, known } = tail;
  if (tail.weight >= traceWeightMax || !isOpen(left ?? before)) return null;
  const now = sightsOf(after, known, fleet, { nowMs, silenceMsMax });
  const met = now.filter(({ sight }) => !known.has(sight.deviceId)).map(({ sight }) => sight);
  const seen = now.flatMap(({ sight }) => changeOf(known.get(sight.deviceId)?.sight, sight) ?? []);
  if (left === before && met.length === 0 && seen.length === 0 && generation === null) return null;
  const look: TraceLook = {
    atMs: nowMs,
    silenceMsMax,
    ...decided(left, before),
    ...(left === null ? { isFirst: true } : {}),
    ...(met.length === 0 ? {} : { met }),
    ...(seen.length === 0 ? {} : { seen }),
    ...(generation === null ? {} : { generation }),
  };
  const weight = weightOf(look);
  const isLast = tail.weight + weight >= traceWeightMax;
  const sights = new Map(now.map((each) => [each.sight.deviceId, each]));
  return {
    look: isLast ? { ...look, isLast } : look,
    weight,
    // What is over is not looked at again.
    tail: isOpen(before)
      ? { rollout: after, known: sights, weight: tail.weight + weight }
      : openTail(tail.weight + weight),
  };
}

/** What became of a rollout between two plans. */
function decided(left: Rollout | null, before: Rollout): Pick<TraceLook, 'rollout' | 'analysis'> {
  if (left === before) return {};
  if (left === null || before.analysis === undefined) return { rollout: before };
  const names = new Set([...Object.keys(left), ...Object.keys(before)]) as ReadonlySet<keyof Rollout>;
  const isOnlyAnalysis = [...names].every((name) => name === 'analysis' || left[name] === before[name]);
  return isOnlyAnalysis ? { analysis: before.analysis } : { rollout: before };
}

function sightsOf(
  rollout: Rollout,
  known: TraceTail['known'],
  fleet: PlannedFleet,
  { nowMs, silenceMsMax }: PlanTime,
): KnownSight[] {
  const quietMs = quietMsOf(rollout, silenceMsMax);
  return rollout.members.flatMap(({ deviceId }) => {
    const device = fleet.get(deviceId);
    return device === undefined ? [] : [sightOf(device, known.get(deviceId), quietMs, nowMs)];
  });
}

function sightOf(device: PlannedDevice, before: KnownSight | undefined, quietMs: number, nowMs: number): KnownSight {
  const silentSinceMs = device.silentMs < quietMs ? null : Math.floor(nowMs - device.silentMs);
  const isAsBefore =
    before !== undefined &&
    before.source === device.reported &&
    before.sight.isOnline === device.isOnline &&
    isSameMoment(before.sight.silentSinceMs, silentSinceMs);
  if (isAsBefore) return before;
  const { deviceId, kind, site, environment, admission, isOnline } = device;
  const { generation, running, slots, activity, outcome } = device.reported;
  const isNoted = before === undefined || isNews(before, activity, nowMs);
  const reported = {
    generation,
    running,
    slots,
    activity: isNoted ? activity : before.sight.reported.activity,
    outcome,
  };
  return {
    sight: { deviceId, kind, site, environment, admission, isOnline, silentSinceMs, reported },
    source: device.reported,
    activityNotedMs: isNoted ? nowMs : before.activityNotedMs,
  };
}

/** Silence is measured by another clock than the wall's: a moment that is found again is hardly ever the same number. */
function isSameMoment(a: number | null, b: number | null): boolean {
  return a === b || (a !== null && b !== null && Math.abs(a - b) < 1_000);
}

/** Progress within one activity is for people who watch, but for a trial's evidence. */
function isNews({ sight, activityNotedMs }: KnownSight, now: Activity, nowMs: number): boolean {
  const { activity: before } = sight.reported;
  if (before.kind === 'trial' && now.kind === 'trial' && before.digest === now.digest)
    return before.evidence !== now.evidence && Math.abs(nowMs - activityNotedMs) >= activityNoteMs;
  if (before.kind === 'idle' || now.kind === 'idle') return before.kind !== now.kind;
  return before.kind !== now.kind || before.digest !== now.digest;
}

function changeOf(before: Sight | undefined, now: Sight): SightChange | null {
  if (before === undefined || before === now) return null;
  const { reported: reportedBefore, ...placeBefore } = before;
  const { reported: reportedNow, ...placeNow } = now;
  const place = changed(placeBefore, placeNow);
  const reported = changed(reportedBefore, reportedNow);
  const isReported = Object.keys(reported).length > 0;
  if (!isReported && Object.keys(place).length === 0) return null;
  return { ...place, deviceId: now.deviceId, ...(isReported ? { reported } : {}) };
}

/** The fields that hold something else now. */
function changed<T extends object>(before: T, now: T): Partial<T> {
  const names = Object.keys(now) as (keyof T)[];
  const entries = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]));
  return Object.fromEntries(entries.map((name) => [name, now[name]])) as Partial<T>;
}

/** A device after a change of what was seen of it. */
export function withChange(before: Sight, { reported, ...place }: SightChange): Sight {
  return { ...before, ...place, reported: { ...before.reported, ...reported } };
}
