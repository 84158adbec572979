import type { Panel } from './cell.js';
import type { MetricTraits } from './metrics.js';
import { combineVariances, meanOf, squaresOf, type Uncertainty } from './moments.js';
import { batchLevels, type DeviceResiduals, levelOf, residualsOf, secondsOf } from './residuals.js';
import { studentQuantile } from './student.js';

/** The effect of a package on one metric, on the metric's own scale. */
export interface Difference {
  readonly effect: number;
  /** Half the width of the interval: infinite while nothing can be said about it. */
  readonly halfWidth: number;
  readonly canaries: number;
  readonly controls: number;
}

/** A device as one witness: how far it moved, and by how much it moves anyway. */
interface Witness {
  readonly shift: number;
  /** Slots that it was seen in since. */
  readonly slots: number;
  /** Variance of such a shift, from spans of the same length of its own past; null if the past is too short. */
  readonly own: { readonly variance: number; readonly degrees: number } | null;
}

/** Degrees of freedom between devices from which on they speak for themselves. */
const degreesBetweenMin = 12;
/** Devices of the smaller group for that. */
const groupMin = 3;
/** Degrees of freedom of a device's own past, where that has to do. */
const degreesWithinMin = 8;
/** Slots that each canary must have been seen in for that: below, one busy minute of its machine counts in full. */
const slotsWithinMin = 4;

/**
 * The effect of the new package with its interval. The device is the unit: what one of them shows from minute to minute
 * is correlated, and a thousand inferences of it are no thousand witnesses. Each device gives one number, its shift
 * against its own past and the controls, and the spread of these numbers gives the interval (Student's t, the wider
 * of pooled and Welch's). Where there are too few devices for that, how each of them wandered in its own past, in spans
 * of the same length, has to do (batch means; Law, Simulation Modeling and Analysis, chapter 9).
 *
 * @param tail the chance that the truth lies beyond either end
 * @returns null if no canary or no control can be compared
 */
export function compare(panel: Panel, traits: MetricTraits, tail: number): Difference | null {
  const residuals = residualsOf(panel, traits);
  const [canaries, controls] = [witnessesOf(residuals.canaries), witnessesOf(residuals.controls)];
  if (canaries.length === 0 || controls.length === 0) return null;
  const effect = meanOf(canaries.map(({ shift }) => shift)) - meanOf(controls.map(({ shift }) => shift));
  const halfWidth = Math.max(halfWidthOf(canaries, controls, tail), tail > 0 ? floorOf(panel, traits, tail) : 0);
  return { effect, halfWidth, canaries: canaries.length, controls: controls.length };
}

function witnessesOf(devices: readonly DeviceResiduals[]): Witness[] {
  return devices.flatMap(({ past, present }) => {
    if (present.length === 0 || past.length === 0) return [];
    const batches = batchLevels(past, secondsOf(present));
    const degrees = batches.length - 1;
    const own = degrees < 1 ? null : { variance: (squaresOf(batches) / degrees) * (1 + 1 / batches.length), degrees };
    return [{ shift: levelOf(present), slots: present.length, own }];
  });
}

function halfWidthOf(canaries: readonly Witness[], controls: readonly Witness[], tail: number): number {
  const within = uncertaintyWithin(canaries, controls);
  const between = uncertaintiesBetween(canaries, controls);
  const degrees = canaries.length + controls.length - 2;
  const isEnough = degrees >= degreesBetweenMin && Math.min(canaries.length, controls.length) >= groupMin;
  const widthOf = (known: Uncertainty) => known.error * studentQuantile(tail, known.degrees);
  if (isEnough) return Math.max(...between.map(widthOf), within === null ? 0 : within.error);
  if (within === null || within.degrees < degreesWithinMin) return Infinity;
  if (canaries.some(({ slots }) => slots < slotsWithinMin)) return Infinity;
  const error = Math.max(within.error, ...between.map((known) => known.error));
  return widthOf({ error, degrees: within.degrees });
}

function uncertaintiesBetween(canaries: readonly Witness[], controls: readonly Witness[]): Uncertainty[] {
  const groups = [canaries, controls].map((group) => ({
    count: group.length,
    squares: squaresOf(group.map(({ shift }) => shift)),
  }));
  const degrees = canaries.length + controls.length - 2;
  if (degrees < 1) return [];
  const pooled = groups.reduce((sum, { squares }) => sum + squares, 0) / degrees;
  const share = groups.reduce((sum, { count }) => sum + 1 / count, 0);
  const known: Uncertainty[] = [{ error: Math.sqrt(pooled * share), degrees }];
  if (groups.some(({ count }) => count < 2)) return known;
  const terms = groups.map(({ count, squares }) => ({
    variance: squares / (count - 1) / count,
    degrees: count - 1,
  }));
  return [...known, combineVariances(terms)];
}

/** Null if a group has no device with a past that is long enough; others stand for those without. */
function uncertaintyWithin(canaries: readonly Witness[], controls: readonly Witness[]): Uncertainty | null {
  const terms: { variance: number; degrees: number }[] = [];
  for (const group of [canaries, controls]) {
    const known = group.flatMap(({ own }) => own ?? []);
    if (known.length === 0) return null;
    for (const { variance, degrees } of known)
      terms.push({ variance: variance / known.length / group.length, degrees });
  }
  return combineVariances(terms);
}

/** Errors are counted: without a single one the spread is zero, and the truth still is not. */
function floorOf({ canaries, controls }: Panel, { metric }: MetricTraits, tail: number): number {
  if (metric !== 'error-rate') return 0;
  const variances = [canaries, controls].map((group) => {
    const cells = group.flatMap(({ present }) => present);
    const [tries, errors] = [sum(cells.map((cell) => cell.tries)), sum(cells.map((cell) => cell.errors))];
    const share = (errors + 1) / (tries + 2);
    return (share * (1 - share)) / Math.max(1, tries);
  });
  return studentQuantile(tail, Infinity) * Math.sqrt(sum(variances));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
