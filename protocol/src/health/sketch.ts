import * as v from 'valibot';
import { count, nonNegative } from '../base/schema.js';

/** Quantiles are right to 1 % of their value. */
export const relativeError = 0.01;
const gamma = (1 + relativeError) / (1 - relativeError);
const logGamma = Math.log(gamma);
/** Buckets cover 1e-9 to 1e9 of whatever unit; values outside fall into the outermost ones. */
const indexMax = Math.ceil(Math.log(1e9) / logGamma);
const bucketsMax = 2 * indexMax + 1;

/** A bucket's index and its samples. */
type Bucket = [index: number, samples: number];

/**
 * A mergeable quantile sketch: DDSketch (Masson, Rim, Lee; VLDB 2019) as plain data. Value x > 0 falls into bucket
 * ceil(log(x) / log(gamma)); each quantile is within `relativeError` of a true one, and merging loses nothing.
 */
export const sketchSchema = v.pipe(
  v.strictObject({
    /** Samples in all. */
    count,
    /** Sum of the samples, for the mean. */
    sum: nonNegative,
    max: nonNegative,
    /** Samples of exactly zero. */
    zeros: count,
    /** Bucket index and its samples, by ascending index. */
    buckets: v.custom<Bucket[]>(isBuckets, `must be up to ${bucketsMax} pairs of an index and a count`),
  }),
  v.check(
    (sketch) => sketch.buckets.reduce((sum, [, samples]) => sum + samples, sketch.zeros) === sketch.count,
    'the buckets must hold all samples',
  ),
  v.check(
    ({ buckets }) => buckets.every(([index], place) => place === 0 || index > (buckets[place - 1]?.[0] ?? index)),
    'the buckets must ascend',
  ),
);
export type Sketch = v.InferOutput<typeof sketchSchema>;

/** In one loop: every health message of a fleet has some eighty pairs, and a schema for each takes most of its time. */
function isBuckets(value: unknown): boolean {
  return Array.isArray(value) && value.length <= bucketsMax && value.every(isBucket);
}

function isBucket(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const pair: readonly unknown[] = value;
  const [index, samples] = pair;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(samples)) return false;
  return Math.abs(Number(index)) <= indexMax && Number(samples) >= 0;
}

/** A sketch under construction: mutable, local to its builder. */
export class SketchBuilder {
  #count = 0;
  #sum = 0;
  #max = 0;
  #zeros = 0;
  readonly #buckets = new Map<number, number>();

  /** Adds a sample. What is not a finite number of zero or more is no sample: it changes nothing, and is told so. */
  add(value: number): boolean {
    if (!(value >= 0) || value === Infinity) return false;
    this.#count += 1;
    if (value === 0) {
      this.#zeros += 1;
      return true;
    }
    this.#sum += value;
    if (value > this.#max) this.#max = value;
    this.#addTo(indexOf(value), 1);
    return true;
  }

  merge(sketch: Sketch): void {
    this.#addTotals(sketch.count, sketch.sum, sketch.zeros, sketch.max);
    for (const [index, samples] of sketch.buckets) this.#addTo(index, samples);
  }

  /** Like `merge` with what `other` would build, without building it. */
  mergeBuilder(other: SketchBuilder): void {
    this.#addTotals(other.#count, other.#sum, other.#zeros, other.#max);
    for (const [index, samples] of other.#buckets) this.#addTo(index, samples);
  }

  /** The mean so far; null before there is a sample. */
  get mean(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }

  build(): Sketch {
    const buckets = [...this.#buckets].sort((a, b) => a[0] - b[0]);
    return { count: this.#count, sum: this.#sum, max: this.#max, zeros: this.#zeros, buckets };
  }

  #addTotals(samples: number, sum: number, zeros: number, max: number): void {
    this.#count += samples;
    this.#sum += sum;
    this.#zeros += zeros;
    if (max > this.#max) this.#max = max;
  }

  #addTo(index: number, samples: number): void {
    this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + samples);
  }
}

export const emptySketch: Sketch = { count: 0, sum: 0, max: 0, zeros: 0, buckets: [] };

export function mergeSketches(sketches: Iterable<Sketch>): Sketch {
  const builder = new SketchBuilder();
  for (const sketch of sketches) builder.merge(sketch);
  return builder.build();
}

/** The `q` quantile (0 to 1), or null of an empty sketch. */
export function quantile(sketch: Sketch, q: number): number | null {
  if (sketch.count === 0) return null;
  const rank = q * (sketch.count - 1);
  let seen = sketch.zeros;
  if (seen > rank) return 0;
  for (const [index, samples] of sketch.buckets) {
    seen += samples;
    if (seen > rank) return middleOf(index, sketch.max);
  }
  return sketch.max;
}

/** The mean, or null of an empty sketch. */
export function mean(sketch: Sketch): number | null {
  return sketch.count === 0 ? null : sketch.sum / sketch.count;
}

/**
 * The mean of the samples' natural logarithms, without those of zero; null without any. Differences of such means are
 * ratios, and one very large sample does not drown the others. Right to half of `relativeError`, as the buckets are.
 */
export function meanOfLogs({ buckets }: Sketch): number | null {
  const samples = buckets.reduce((sum, [, of]) => sum + of, 0);
  if (samples === 0) return null;
  const indexes = buckets.reduce((sum, [index, of]) => sum + index * of, 0);
  return (indexes / samples) * logGamma + Math.log(2 / (gamma + 1));
}

/** How many samples are larger than `value`; those in its own bucket, which may be, are left out. */
export function countAbove(sketch: Sketch, value: number): number {
  const own = value > 0 ? indexOf(value) : -Infinity;
  return sketch.buckets.reduce((sum, [index, samples]) => (index > own ? sum + samples : sum), 0);
}

/** The standard error of the mean, from the buckets: right to a few percent, as they are. Infinite below two samples. */
export function standardErrorOfMean(sketch: Sketch): number {
  if (sketch.count < 2) return Infinity;
  // The buckets' own mean, or their common rounding would pass for spread.
  const middles = sketch.buckets.map(([index, samples]) => ({ value: middleOf(index, sketch.max), samples }));
  const average = middles.reduce((sum, { value, samples }) => sum + value * samples, 0) / sketch.count;
  const squares = middles.reduce(
    (sum, { value, samples }) => sum + samples * (value - average) ** 2,
    sketch.zeros * average ** 2,
  );
  return Math.sqrt(squares / (sketch.count - 1) / sketch.count);
}

function indexOf(value: number): number {
  return Math.max(-indexMax, Math.min(indexMax, Math.ceil(Math.log(value) / logGamma)));
}

function middleOf(index: number, max: number): number {
  return index === indexMax ? max : Math.min(max, (2 * gamma ** index) / (gamma + 1));
}
