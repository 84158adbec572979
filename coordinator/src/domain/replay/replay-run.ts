import { type DeviceId, type Generation, generationSchema, parseWith, type WaveHistory } from '@liquid-lln/protocol';
import type { PlannedDevice, PlannedFleet } from '../fleet-view.js';
import type { PlanTime } from '../member-observation.js';
import { isOpen, type Rollout } from '../rollout.js';
import { applySteps } from '../rollout-machine.js';
import { planRollout, reportRollout } from '../rollout-planner.js';
import type { ObservedMember } from '../wave-gate.js';
import { deviceAt, sightAt, type Tracks } from './device-tracks.js';
import { notBegun, noteGate } from './gate-history.js';
import { nextMomentMs } from './replay-moments.js';
import type { RolloutRecord } from './rollout-record.js';
import type { TraceLook } from './rollout-trace.js';
import { toldIn } from './shifted-fleet.js';

/** A rollout at one moment of a replay. */
export interface ReplayMoment {
  readonly atMs: number;
  readonly rollout: Rollout;
}

/** What came of planning a rollout anew. */
export interface ReplayRun {
  /** As it was left. */
  readonly rollout: Rollout;
  /** After each look of the record, in their order; shorter where the rollout ended before. */
  readonly moments: readonly ReplayMoment[];
  readonly waves: readonly WaveHistory[];
}

/** One plan of a replay: whatever the planner wants done is done. */
export interface ReplayStep {
  readonly rollout: Rollout;
  readonly waves: readonly WaveHistory[];
  /** As the plan saw them. */
  readonly members: readonly ObservedMember[];
  /** Whether anything was done: then it is planned again. */
  readonly hasMoved: boolean;
}

export interface ReplayPlan {
  readonly rollout: Rollout;
  readonly waves: readonly WaveHistory[];
  readonly fleet: PlannedFleet;
  readonly time: PlanTime;
  readonly generation: Generation;
}

/** Plans once and applies the steps, by the code that rollouts go by. Devices that came later join as they did. */
export function stepReplay({ rollout, waves, fleet, time, generation }: ReplayPlan): ReplayStep {
  const { steps, report } = planRollout(rollout, fleet, time, () => true);
  const { waveIndex } = rollout;
  const noted = noteGate(waves[waveIndex] ?? notBegun, rollout, report, time.nowMs);
  const after = applySteps(rollout, steps, { generation, fleet, time });
  const passedMs = after.waves[waveIndex]?.passedMs ?? null;
  return {
    rollout: after,
    waves: after.waves.map((_, place) => (place === waveIndex ? { ...noted, passedMs } : (waves[place] ?? notBegun))),
    members: report.members,
    hasMoved: steps.length > 0,
  };
}

/** The generation after all that a rollout has used. */
export function generationAfter({ waves, members, ending }: Rollout): Generation {
  const used = [
    ...waves.map(({ generation }) => generation ?? 0),
    ...members.map(({ told }) => told?.generation ?? 0),
    ending?.generation ?? 0,
  ];
  return parseWith(generationSchema, used.reduce((a, b) => Math.max(a, b), 0) + 1, 'generation');
}

/** The rollout of a look, as it was found: what was decided between two plans is taken over. */
export function foundAt({ rollout, analysis }: TraceLook, before: Rollout | null): Rollout | null {
  if (rollout !== undefined) return rollout;
  return before === null || analysis === undefined ? before : { ...before, analysis };
}

/** Every device that was seen, at a moment of the record, by that look. */
function fleetAt(tracks: Tracks, atMs: number, place: number): PlannedFleet {
  const fleet = new Map<DeviceId, PlannedDevice>();
  for (const [deviceId, track] of tracks) {
    const sight = sightAt(track, atMs, place);
    if (sight !== null) fleet.set(deviceId, deviceAt(sight, atMs));
  }
  return fleet;
}

/**
 * Goes through the record as it was: each look is planned again on what was seen then. Between two looks nothing was done,
 * but a gate may have changed its mind: by silence, or when a time was over. Yields after every plan how many looks are
 * done, so that whoever runs it can do other things meanwhile.
 */
export function* runRecord(record: RolloutRecord): Generator<number, ReplayRun | null> {
  const { looks, tracks } = record;
  let state: Pick<ReplayStep, 'rollout' | 'waves'> | null = null;
  const moments: ReplayMoment[] = [];
  for (const [place, look] of looks.entries()) {
    const rollout = foundAt(look, state?.rollout ?? null);
    if (rollout === null) continue;
    const { atMs, silenceMsMax } = look;
    const time = { nowMs: atMs, silenceMsMax };
    const fleet = fleetAt(tracks, atMs, place);
    const waves: readonly WaveHistory[] = state?.waves ?? [];
    // What somebody else ended is over as they left it.
    state = isOpen(rollout)
      ? stepReplay({ rollout, waves, fleet, time, generation: look.generation ?? generationAfter(rollout) })
      : { rollout, waves };
    moments.push({ atMs, rollout: state.rollout });
    yield place;
    const noted: Generator<number, readonly WaveHistory[]> = noteUntil(state, place, record, time);
    state = { ...state, waves: yield* noted };
  }
  return state === null ? null : { ...state, moments };
}

/** What gates say between a look and the next. */
function* noteUntil(
  { rollout, waves }: Pick<ReplayStep, 'rollout' | 'waves'>,
  place: number,
  { looks, tracks, endMs }: RolloutRecord,
  time: PlanTime,
): Generator<number, readonly WaveHistory[]> {
  let history = waves;
  const look = looks[place + 1];
  const told = toldIn(rollout);
  for (let nowMs: number | null = time.nowMs; isOpen(rollout); ) {
    const then: PlanTime = { ...time, nowMs };
    nowMs = nextMomentMs({ rollout, hasMoved: false, look, endMs }, fleetAt(tracks, nowMs, place), then, {
      tracks,
      told,
    });
    if (nowMs === null || nowMs === look?.atMs || nowMs > endMs) break;
    const report = reportRollout(rollout, fleetAt(tracks, nowMs, place), { ...time, nowMs });
    const noted = noteGate(history[rollout.waveIndex] ?? notBegun, rollout, report, nowMs);
    history = history.map((each, place) => (place === rollout.waveIndex ? noted : each));
    yield place;
  }
  return history;
}
