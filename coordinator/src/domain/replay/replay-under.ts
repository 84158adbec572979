import type { DeviceId, WhatIf } from '@liquid-lln/protocol';
import { needsAnalysis } from '../analysis/analysis-gate.js';
import { keepAnalysis } from '../analysis/keep-analysis.js';
import type { TelemetryFrame } from '../analysis/telemetry.js';
import { isOpen, packageOf, type Rollout } from '../rollout.js';
import { followDecision, isDecided, shapeOf } from './followed-decisions.js';
import { nextMomentMs } from './replay-moments.js';
import { generationAfter, type ReplayRun, type ReplayStep, stepReplay } from './replay-run.js';
import { retimeTrials } from './retimed-trials.js';
import type { RolloutRecord } from './rollout-record.js';
import type { TraceLook } from './rollout-trace.js';
import { shiftedFleet, type Told, toldIn } from './shifted-fleet.js';
import { rolloutUnder } from './what-if.js';

/** A record, as it went when it was planned again, and the limits that it did not have. */
export interface Course extends RolloutRecord {
  readonly record: ReplayRun;
  readonly whatIf: WhatIf;
  /** What is still kept of what devices published, in the order of time. */
  readonly frames: readonly TelemetryFrame[];
}

/** How the rollout would have gone. */
export interface CourseRun extends Pick<ReplayStep, 'rollout' | 'waves' | 'members'> {
  /** From when on it goes otherwise than it went; null if it never does. */
  readonly divergedMs: number | null;
  /** When an operator decided something that cannot be taken over; null if nobody did. */
  readonly undecidedMs: number | null;
  /** Devices that would still have been on trial when the record ends. */
  readonly openTrials: readonly DeviceId[];
  /** When it was looked at last. */
  readonly atMs: number;
}

/** Plans of one replay: a fleet that flutters for ever has an end, too. */
const momentsMax = 100_000;

/** Goes through the record under other limits; yields after every plan how many looks are done. */
export function* runUnder(course: Course): Generator<number, CourseRun | null> {
  const { looks, whatIf, record, endMs } = course;
  const first = looks[0];
  if (first?.rollout === undefined) return null;
  const { tracks, open: openTrials } = retimed(course, first.rollout);
  let run: CourseRun = {
    rollout: rolloutUnder(first.rollout, whatIf),
    waves: [],
    members: [],
    divergedMs: null,
    undecidedMs: null,
    openTrials,
    atMs: first.atMs,
  };
  let place = 0;
  let silenceMsMax = first.silenceMsMax;
  for (let moment = 0; moment < momentsMax; moment += 1) {
    const look = looks[place];
    const isAtLook = look !== undefined && look.atMs <= run.atMs;
    if (isAtLook) {
      run = takeLook(run, look, record.moments[place - 1]?.rollout ?? null, whatIf);
      silenceMsMax = look.silenceMsMax;
      place += 1;
    }
    if (run.undecidedMs !== null || !isOpen(run.rollout)) break;
    const then = record.moments[Math.max(0, place - 1)]?.rollout ?? record.rollout;
    const told: ReadonlyMap<DeviceId, Told> = new Map([...toldIn(record.rollout), ...toldIn(then)]);
    const fleet = shiftedFleet(run.rollout, { tracks, told, place: place - 1 }, run.atMs);
    const time = { nowMs: run.atMs, silenceMsMax };
    const analysed = { ...run, rollout: analysedAgain(run, then, course.frames) };
    const step = stepReplay({ ...analysed, fleet, time, generation: generationAfter(run.rollout) });
    const isAsItWas = isAtLook ? shapeOf(step.rollout) === shapeOf(then) : !step.hasMoved;
    run = { ...run, ...step, divergedMs: run.divergedMs ?? (isAsItWas ? null : run.atMs) };
    const nextMs = nextMomentMs({ ...step, look: looks[place], endMs }, fleet, time, { tracks, told });
    if (nextMs === null) break;
    run = { ...run, atMs: nextMs };
    yield place;
  }
  return run;
}

function retimed({ endMs, tracks, whatIf }: Course, rollout: Rollout) {
  const [before, after] = [rollout.instruction, rolloutUnder(rollout, whatIf).instruction];
  const digest = packageOf(rollout)?.digest;
  if (before.kind !== 'deploy' || after.kind !== 'deploy' || digest === undefined) return { tracks, open: [] };
  return retimeTrials(tracks, { digest, before: before.policy, after: after.policy, endMs });
}

/** What somebody decided, or an analysis found, between two plans of the record. */
function takeLook(run: CourseRun, look: TraceLook, before: Rollout | null, whatIf: WhatIf): CourseRun {
  const { rollout } = run;
  const analysis = look.analysis ?? look.rollout?.analysis;
  const isOfWave = analysis?.waveIndex === rollout.waveIndex && isSameWave(rollout, before);
  const analysed = analysis !== undefined && isOfWave ? { ...rollout, analysis } : rollout;
  if (look.rollout === undefined || before === null || !isDecided(before, look.rollout))
    return { ...run, rollout: analysed };
  if (run.divergedMs === null) return { ...run, rollout: rolloutUnder(look.rollout, whatIf) };
  const followed = followDecision(analysed, before, look.rollout);
  return followed === null ? { ...run, undecidedMs: look.atMs } : { ...run, rollout: followed };
}

/** An analysis compares devices over the time of a wave: of another time it says nothing. */
function isSameWave({ waves, waveIndex }: Rollout, other: Rollout | null): boolean {
  return other === null || waves[waveIndex]?.startedMs === other.waves[waveIndex]?.startedMs;
}

/** An analysis that nobody made as it went, from what is still kept; only while all goes as it went. */
function analysedAgain({ rollout, divergedMs, atMs }: CourseRun, then: Rollout, frames: Course['frames']): Rollout {
  if (divergedMs !== null || needsAnalysis(then) || !needsAnalysis(rollout)) return rollout;
  const lastMs = rollout.analysis?.bets.upToMs ?? 0;
  const known = frames.filter(({ startMs, seconds }) => startMs + seconds * 1_000 <= atMs);
  const isNews = known.some(({ startMs, seconds }) => startMs + seconds * 1_000 > lastMs);
  return isNews ? (keepAnalysis(rollout, known) ?? rollout) : rollout;
}
