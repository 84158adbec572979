import type { GateSpan, RolloutCourse, RolloutReplay, WaveHistory } from '@liquid-lln/protocol';
import { isOpen, type Rollout } from '../rollout.js';
import { shapeOf } from './followed-decisions.js';
import type { ReplayRun, ReplayStep } from './replay-run.js';
import type { Course, CourseRun } from './replay-under.js';
import { findUnknown } from './replay-unknowns.js';

/** A replay as operators see it. @param stored the rollout as the coordinator has it */
export function reportReplay(stored: Rollout, course: Course, run: CourseRun): RolloutReplay {
  const { looks, record, endMs } = course;
  const [asItWas, under] = [courseOf(record), courseOf(run)];
  return {
    rolloutId: stored.rolloutId,
    target: stored.target,
    fromMs: looks[0]?.atMs ?? stored.createdMs,
    untilMs: endMs,
    looks: Math.max(1, looks.length),
    isReproduced: isReproduced(stored, course, record),
    asItWas,
    under,
    divergedMs: run.divergedMs,
    difference: differenceOf(asItWas, under, run),
    unknown: findUnknown(course, run),
  };
}

/** Whether the record, planned again, comes to what is stored: its waves, and its end where the record goes so far. */
function isReproduced(stored: Rollout, { looks }: Course, { rollout }: ReplayRun): boolean {
  if (looks.at(-1)?.isLast === true) return true;
  const isEnded = !isOpen(rollout);
  return wavesOf(stored, isEnded) === wavesOf(rollout, isEnded);
}

/** Without its devices: of a rollout that is over more is heard of them. */
function wavesOf(rollout: Rollout, isEnded: boolean): string {
  return shapeOf({ ...rollout, members: [], ending: null, status: isEnded ? rollout.status : 'running' });
}

function courseOf({ rollout, waves }: Pick<ReplayStep, 'rollout' | 'waves'>): RolloutCourse {
  const { status, endedMs, detail } = rollout;
  return { status, endedMs, detail, waves: [...waves] };
}

function differenceOf(
  asItWas: RolloutCourse,
  under: RolloutCourse,
  { divergedMs }: CourseRun,
): RolloutReplay['difference'] {
  if (divergedMs === null) return null;
  const waveIndex = under.waves.findIndex((wave, index) => isAnother(wave, asItWas.waves[index]));
  if (waveIndex < 0) return null;
  return {
    waveIndex,
    was: spanAt(asItWas.waves[waveIndex], divergedMs),
    is: spanAt(under.waves[waveIndex], divergedMs),
  };
}

function isAnother(a: WaveHistory, b: WaveHistory | undefined): boolean {
  return a.passedMs !== b?.passedMs || a.failedMs !== b.failedMs || a.startedMs !== b.startedMs;
}

/** What a wave's gate said at a moment, or last before it. */
function spanAt(wave: WaveHistory | undefined, atMs: number): GateSpan | null {
  return wave?.gates.findLast(({ fromMs }) => fromMs <= atMs) ?? null;
}
