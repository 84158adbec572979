import { needsAnalysis } from '../analysis/analysis-gate.js';
import { slotSeconds } from '../analysis/telemetry.js';
import { nameDevices } from '../name-devices.js';
import { isOpen } from '../rollout.js';
import { isDone, isFailed, type ObservedMember } from '../wave-gate.js';
import type { Course, CourseRun } from './replay-under.js';
import { quietMsOf, type TraceLook } from './rollout-trace.js';
import { toldIn } from './shifted-fleet.js';

/** What a replay cannot say, in words: what was not recorded, and what devices would have done that did otherwise. */
export function findUnknown(course: Course, run: CourseRun): string[] {
  const unknown = [
    ...recordGaps(course),
    ...analysisGaps(course, run),
    ...trialGaps(course, run),
    ...afterParting(course, run),
  ];
  return unknown.map((text) => text.slice(0, 500));
}

function* recordGaps({ looks, whatIf }: Course): Generator<string> {
  const first = looks[0];
  if (first?.rollout === undefined) return;
  if (first.rollout.waves[0]?.generation !== null) yield 'how it began: the record begins in the middle of it';
  if (looks.at(-1)?.isLast === true) yield 'what came after the record: it was full';
  if (looks.some(({ isFirst }, place) => place > 0 && isFirst === true))
    yield 'what was seen just before the coordinator started again: what was due meanwhile is done when it looks again';
  const quietMs = Math.min(...quietSpans(looks));
  const silenceMs = (whatIf.limits?.silenceSecondsMax ?? Infinity) * 1_000;
  if (silenceMs < quietMs) yield `silences of less than ${Math.round(quietMs / 1_000)} s: only longer ones are noted`;
}

function quietSpans(looks: readonly TraceLook[]): number[] {
  return looks.flatMap(({ rollout, silenceMsMax }) =>
    rollout === undefined ? [] : [quietMsOf(rollout, silenceMsMax)],
  );
}

/** An analysis under limits that asked for one, where nobody asked for one as it went. */
function* analysisGaps({ record, frames, looks }: Course, run: CourseRun): Generator<string> {
  const [asked, was] = [run.rollout.conditions, record.rollout.conditions];
  const isAskedAnew =
    (asked?.isAnalysed === true && was?.isAnalysed !== true) || (asked?.evidenceMin ?? 0) > (was?.evidenceMin ?? 0);
  const isMissing =
    isAskedAnew && !looks.some(({ analysis, rollout }) => (analysis ?? rollout?.analysis) !== undefined);
  const begunMs = looks[0]?.atMs ?? 0;
  const own = frames.filter(({ startMs, seconds }) => startMs + seconds * 1_000 > begunMs);
  if (isMissing && !own.some(({ startMs }) => startMs <= begunMs + slotSeconds * 1_000))
    yield 'the health of its devices: it was not counted as it went, and is kept for six hours only';
  else if (isMissing && own.some(({ seconds }) => seconds > slotSeconds))
    yield 'the health of its devices by the minute: only means over ten minutes are left of it';
  if (asked?.isAnalysed === true && run.divergedMs !== null && needsAnalysis(run.rollout))
    yield 'what the analysis would have found in a wave at another time than it was out';
}

function* trialGaps({ whatIf }: Course, { openTrials }: CourseRun): Generator<string> {
  if (whatIf.soakSeconds === undefined && whatIf.evidenceInferencesMin === undefined) return;
  yield 'trials: what else held a confirmation up, such as an alert, is taken to have held it up for as long';
  if (openTrials.length > 0)
    yield `when trials would have been confirmed that were still watched when the record ends: ${nameDevices(openTrials)}`;
}

function* afterParting({ record, looks }: Course, run: CourseRun): Generator<string> {
  const { rollout, divergedMs, undecidedMs } = run;
  if (divergedMs === null) return;
  yield 'the fleet as it would have been: every device is taken to do what it did, as much earlier or later as it is told';
  if (undecidedMs !== null)
    yield 'what an operator would have decided, who decided something about the rollout as it was';
  const told = toldIn(record.rollout);
  const open = isOpen(rollout) ? run.members.filter(isWaitedFor).map(({ deviceId }) => deviceId) : [];
  const never = open.filter((deviceId) => !told.has(deviceId));
  if (never.length > 0) yield `what devices would have done that never got the package: ${nameDevices(never)}`;
  const cut = open.filter((deviceId) => told.has(deviceId));
  const isEnded = !isOpen(record.rollout) && looks.at(-1)?.isLast !== true;
  if (cut.length > 0 && isEnded)
    yield `what devices would have done that were on the way when the rollout ended: ${nameDevices(cut)}`;
}

/** Told to begin, and as far as is known neither there nor back. */
function isWaitedFor({ progress }: ObservedMember): boolean {
  return progress !== 'pending' && !isDone(progress) && !isFailed(progress);
}
