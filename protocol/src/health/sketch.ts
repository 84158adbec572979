import * as v from 'valibot';
import { count, nonNegative } from '../base/schema.js';

/**
 * A mergeable quantile sketch: DDSketch (Masson, Rim, Lee; VLDB 2019) as plain data. Value x > 0 falls into bucket
 * ceil(log(x) / log(gamma)); each quantile is within `relativeError` of a true one, and merging loses nothing.
 */
export const sketchSchema = v.strictObject({
  /** Samples in all. */
  count,
  /** Sum of the samples, for the mean. */
  sum: nonNegative,
  max: nonNegative,
  /** Samples of exactly zero. */
  zeros: count,
  /** Bucket index and its samples, by ascending index. */
  buckets: v.pipe(v.array(v.tuple([v.pipe(v.number(), v.safeInteger()), count])), v.maxLength(2_048)),
});
export type Sketch = v.InferOutput<typeof sketchSchema>;

/** Quantiles are right to 1 % of their value. */
export const relativeError = 0.01;
const gamma = (1 + relativeError) / (1 - relativeError);
const logGamma = Math.log(gamma);
/** Buckets cover 1e-9 to 1e9 of whatever unit; values outside fall into the outermost ones. */
const indexMax = Math.ceil(Math.log(1e9) / logGamma);

/** A sketch under construction: mutable, local to its builder. */
export class SketchBuilder {
  #count = 0;
  #sum = 0;
  #max = 0;
  #zeros = 0;
  readonly #buckets = new Map<number, number>();

  /** Adds a sample. Negative and non-finite samples are refused by the caller, not here: they count as zero. */
  add(value: number): void {
    this.#count += 1;
    if (!(value > 0) || value === Infinity) {
      this.#zeros += 1;
      return;
    }
    this.#sum += value;
    if (value > this.#max) this.#max = value;
    const index = Math.max(-indexMax, Math.min(indexMax, Math.ceil(Math.log(value) / logGamma)));
    this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + 1);
  }

  merge(sketch: Sketch): void {
    this.#count += sketch.count;
    this.#sum += sketch.sum;
    this.#zeros += sketch.zeros;
    if (sketch.max > this.#max) this.#max = sketch.max;
    for (const [index, samples] of sketch.buckets) {
      this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + samples);
    }
  }

  build(): Sketch {
    const buckets = [...this.#buckets].sort((a, b) => a[0] - b[0]);
    return { count: this.#count, sum: this.#sum, max: this.#max, zeros: this.#zeros, buckets };
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
    if (seen > rank) return Math.min(sketch.max, (2 * gamma ** index) / (gamma + 1));
  }
  return sketch.max;
}

/** The mean, or null of an empty sketch. */
export function mean(sketch: Sketch): number | null {
  return sketch.count === 0 ? null : sketch.sum / sketch.count;
}
