import { holdUntilMsOf } from '../analysis/analysis-gate.js';
import type { PlannedFleet } from '../fleet-view.js';
import type { PlanTime } from '../member-observation.js';
import { countUntold, minuteMs, portionPeriodMs } from '../pacing.js';
import { isPaced, memberToldMs, type Rollout } from '../rollout.js';
import type { TraceLook } from './rollout-trace.js';
import { type CourseRecord, shiftOf } from './shifted-fleet.js';

/** Where a replay is. */
export interface Standing {
  readonly rollout: Rollout;
  /** Whether the last plan did anything: then the next one may do more. */
  readonly hasMoved: boolean;
  /** The next look of the record; undefined after the last one. */
  readonly look: TraceLook | undefined;
  /** When the record ends. */
  readonly endMs: number;
}

/** A coordinator looks at least so often: what is due is done at the next look. */
const lookPeriodMs = 2_000;

/** When a rollout has to be planned next: when something is seen, or something is due; null if nothing ever will. */
export function nextMomentMs(
  { rollout, hasMoved, look, endMs }: Standing,
  fleet: PlannedFleet,
  time: PlanTime,
  record: Pick<CourseRecord, 'tracks' | 'told'>,
): number | null {
  const dueMs = hasMoved
    ? time.nowMs
    : Math.min(...deadlines(rollout, fleet, time, endMs), nextSightMs(rollout, record, time));
  if (look === undefined) return Number.isFinite(dueMs) ? dueMs : null;
  // A coordinator that was away did nothing until it looked again.
  return look.isFirst === true || look.atMs <= dueMs + lookPeriodMs ? look.atMs : dueMs;
}

/** Moments after now at which a rollout may move without news. Of what comes after the record only turns are known. */
function* deadlines(rollout: Rollout, fleet: PlannedFleet, time: PlanTime, endMs: number): Generator<number> {
  for (const atMs of [holdUntilMsOf(rollout), bakeEndMs(rollout), ...silenceEndsMs(rollout, fleet, time)])
    if (atMs !== null && atMs > time.nowMs && atMs <= endMs) yield atMs;
  if (!isPaced(rollout) || countUntold(rollout, rollout.waveIndex) === 0) return;
  for (const { told } of rollout.members) {
    if (told === null) continue;
    for (const spanMs of [portionPeriodMs(rollout), minuteMs])
      if (told.atMs + spanMs > time.nowMs) yield told.atMs + spanMs;
  }
}

function bakeEndMs({ bakingSinceMs, bakeSeconds = 0 }: Rollout): number | null {
  return bakingSinceMs === undefined ? null : bakingSinceMs + bakeSeconds * 1_000;
}

/** When devices that are silent now count as unknown. */
function* silenceEndsMs(rollout: Rollout, fleet: PlannedFleet, { nowMs, silenceMsMax }: PlanTime): Generator<number> {
  const { silenceSecondsMax } = rollout.limits;
  const limitMs = silenceSecondsMax === null ? silenceMsMax : silenceSecondsMax * 1_000;
  for (const member of rollout.members) {
    const toldMs = memberToldMs(rollout, member);
    const silentMs = fleet.get(member.deviceId)?.silentMs ?? 0;
    if (toldMs !== null && silentMs > 0) yield nowMs + limitMs - Math.min(silentMs, nowMs - toldMs) + 1;
  }
}

/** When something is seen of a device that is told at another time than it was, or confirms at another. */
function nextSightMs(
  rollout: Rollout,
  { tracks, told }: Pick<CourseRecord, 'tracks' | 'told'>,
  { nowMs }: PlanTime,
): number {
  let nextMs = Infinity;
  for (const member of rollout.members) {
    const shiftMs = shiftOf(rollout, member, told);
    if (shiftMs === null) continue;
    const seen = tracks.get(member.deviceId)?.find(({ atMs }) => atMs + shiftMs > nowMs);
    if (seen !== undefined) nextMs = Math.min(nextMs, seen.atMs + shiftMs);
  }
  return nextMs;
}
