import {
  type Course,
  type CourseRun,
  keptRecord,
  type ReplayRun,
  type Rollout,
  type RolloutRecord,
  reportReplay,
  runRecord,
  runUnder,
  type TelemetryFrame,
  type TraceLook,
} from '@liquid-lln/coordinator';
import type { RolloutReplay, WhatIf } from '@liquid-lln/protocol';

/** What a store has of a rollout. */
export interface Recorded {
  readonly rollout: Rollout;
  readonly looks: readonly TraceLook[];
  readonly frames: readonly TelemetryFrame[];
  readonly nowMs: number;
}

/** Plans a record again as it was. */
export function replayAsItWas(recorded: Recorded): ReplayRun {
  const run = finish(runRecord(keptOf(recorded)));
  if (run === null) throw new Error('nothing was recorded');
  return run;
}

/** Plans a record again under other limits. */
export function replayUnder(recorded: Recorded, whatIf: WhatIf): CourseRun {
  return runCourse(courseOf(recorded, whatIf));
}

/** The same as an operator sees it. */
export function replayReport(recorded: Recorded, whatIf: WhatIf): RolloutReplay {
  const course = courseOf(recorded, whatIf);
  return reportReplay(recorded.rollout, course, runCourse(course));
}

function keptOf({ looks, rollout, nowMs }: Recorded): RolloutRecord {
  return keptRecord(rollout, looks, nowMs);
}

function courseOf(recorded: Recorded, whatIf: WhatIf): Course {
  return { ...keptOf(recorded), record: replayAsItWas(recorded), whatIf, frames: recorded.frames };
}

function runCourse(course: Course): CourseRun {
  const run = finish(runUnder(course));
  if (run === null) throw new Error('nothing was recorded');
  return run;
}

function finish<T>(steps: Generator<number, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
