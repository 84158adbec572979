import { attemptMsFor, beginPace, type Pace, takeArrival, takeLoss } from './pace.js';
import { messageBytesFor, type Sizes, stepsThatFit } from './split.js';

/** What is known of a line and of the board at its end: enough to decide how many steps to ask about at once. */
export interface PartPlan {
  readonly messageBytesMax: number;
  readonly pace: Pace;
  readonly times: StepTimes;
}

/** What answers of late took, the line included. */
interface StepTimes {
  /** About one step. */
  readonly oneMs: number;
  /** At most so much for each further one; infinite before the first answer. */
  readonly furtherMs: number;
  /** So many may be asked about even if `furtherMs` says otherwise: it knows less where a line has a long delay. */
  readonly safeSteps: number;
}

/** What is left of a sequence. */
export interface Rest {
  readonly steps: number;
  readonly sizes: Sizes;
  /** Go along with the last step alone. */
  readonly lastBytes: number;
}

export interface PlannedPart {
  readonly steps: number;
  /** Of its request or of its answer, whichever is longer. */
  readonly bytes: number;
  readonly expectedMs: number;
}

/** How long a board computes at most before others get their turn, and before a loss shows. */
const partMsMax = 500;
/** What a line and a board that can be used take at most; a bad line should not bring about longer attempts. */
const repeatedMsMax = 500;
const timesAtFirst: StepTimes = { oneMs: 250, furtherMs: Number.POSITIVE_INFINITY, safeSteps: 1 };
/** A board that erases flash answers late. */
const attemptLimits = { minMs: 500, maxMs: 15_000 };

export function beginParts(messageBytesMax: number): PartPlan {
  return { messageBytesMax, pace: beginPace(messageBytesMax), times: timesAtFirst };
}

/** The network is another one: what was learned of the line stays. */
export function forgetTimes(plan: PartPlan): PartPlan {
  return { ...plan, times: timesAtFirst };
}

/** What to ask about next: one step as long as nothing is known, or nothing shorter passes. */
export function planPart(plan: PartPlan, { steps: left, sizes, lastBytes }: Rest): PlannedPart {
  const withLast = { ...sizes, fixedBytes: sizes.fixedBytes + lastBytes };
  const isLast = left <= stepsNow(plan, withLast);
  const steps = isLast ? left : Math.min(left - 1, stepsNow(plan, sizes));
  return { steps, bytes: messageBytesFor(isLast ? withLast : sizes, steps), expectedMs: expectedMsOf(plan, steps) };
}

/** @param aheadMs what the parts that the board has to answer first are expected to take. */
export function attemptMsOf({ expectedMs }: PlannedPart, aheadMs: number): number {
  return Math.min(attemptLimits.maxMs, attemptMsFor(expectedMs, attemptLimits) + aheadMs);
}

/** How long the answers to some parts can take together, if at most `window` are under way. */
export function aheadMsOf(expectedMs: readonly number[], window: number): number {
  const sumMs = expectedMs.reduce((sum, oneMs) => sum + oneMs, 0);
  return Math.min(sumMs, (window - 1) * Math.max(partMsMax, ...expectedMs));
}

/** @param attempts how often the part was sent: an answer to one that was repeated says little about time. */
export function takePartAnswer(plan: PartPlan, part: PlannedPart, answerMs: number, attempts: number): PartPlan {
  const { pace } = plan;
  if (attempts > 1) return { ...plan, pace: { ...pace, arrivalsInRow: 0 }, times: longer(plan.times) };
  const times = timesAfter(plan, part.steps, answerMs);
  // What is much shorter than it might be says nothing about what is as long.
  if (2 * part.bytes <= pace.bytes) return { ...plan, times };
  return { ...plan, times, pace: takeArrival(pace, plan.messageBytesMax) };
}

/** A part that was sent when messages were longer is part of the same misfortune; one step cannot become less. */
export function takePartLoss(plan: PartPlan, { steps, bytes }: PlannedPart): PartPlan {
  if (steps === 1 || bytes > plan.pace.bytes) return plan;
  return { ...plan, pace: takeLoss({ ...plan.pace, bytes }, 0) };
}

function stepsNow({ pace, times }: PartPlan, sizes: Sizes): number {
  const inTime = Math.max(times.safeSteps, Math.floor(partMsMax / times.furtherMs));
  return Math.max(1, Math.min(inTime, stepsThatFit(pace.bytes, sizes)));
}

function expectedMsOf({ times }: PartPlan, steps: number): number {
  return steps === 1 ? times.oneMs : times.oneMs + (steps - 1) * times.furtherMs;
}

/**
 * A part's mean is more than a further step takes, because it has its share of the line's delay: so it is safe to expect
 * it of longer parts, and they bring it down.
 */
function timesAfter(plan: PartPlan, steps: number, answerMs: number): StepTimes {
  const { oneMs: oneMsBefore, furtherMs, safeSteps } = plan.times;
  const oneMs = steps === 1 ? answerMs : Math.min(oneMsBefore, answerMs);
  const meanMs = answerMs / steps;
  const isLate = steps > 1 && answerMs > expectedMsOf(plan, steps);
  const isQuick = answerMs - oneMs <= partMsMax / 2;
  return {
    oneMs,
    furtherMs: isLate ? meanMs : Math.min(furtherMs, meanMs),
    safeSteps: isQuick ? Math.max(safeSteps, 2 * steps) : 1,
  };
}

/** The answer may have been on its way when its question was asked again: longer attempts tell that from a bad line. */
function longer(times: StepTimes): StepTimes {
  return { ...times, oneMs: Math.max(times.oneMs, Math.min(2 * times.oneMs, repeatedMsMax)) };
}
