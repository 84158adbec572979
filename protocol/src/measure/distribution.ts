import * as v from 'valibot';
import { count, nonNegative, ratio } from '../base/schema.js';
import { type Sketch, SketchBuilder, quantile as sketchQuantile, sketchSchema } from '../health/sketch.js';

const quantileFigureSchema = v.strictObject({
  q: ratio,
  value: nonNegative,
  /** The ends of an interval that holds the true quantile with `confidence`; null where so few samples say nothing. */
  low: v.nullable(nonNegative),
  high: v.nullable(nonNegative),
});
export type QuantileFigure = v.InferOutput<typeof quantileFigureSchema>;

/** Blocks of a measurement, one after the other in time, of which each has its median. */
export const blocksMax = 100;

/** What samples of one figure were, without the samples. */
export const distributionSchema = v.strictObject({
  count,
  mean: nonNegative,
  /** Standard deviation of the samples. */
  deviation: nonNegative,
  min: nonNegative,
  max: nonNegative,
  quantiles: v.pipe(v.array(quantileFigureSchema), v.maxLength(8)),
  /** Medians of consecutive blocks: samples side by side are alike, blocks much less, so that two runs can be compared. */
  blocks: v.pipe(v.array(nonNegative), v.maxLength(blocksMax)),
  /** So that the devices of a fleet can be merged. */
  sketch: sketchSchema,
});
export type Distribution = v.InferOutput<typeof distributionSchema>;

/** Of the intervals about quantiles. */
export const confidence = 0.95;
const quantilesShown = [0.5, 0.9, 0.95, 0.99] as const;

/** Describes samples in the order in which they were taken; null of none. */
export function describeSamples(samples: readonly number[]): Distribution | null {
  if (samples.length === 0) return null;
  const sorted = Float64Array.from(samples).sort();
  const mean = sum(samples) / samples.length;
  const squares = samples.reduce((total, sample) => total + (sample - mean) ** 2, 0);
  const builder = new SketchBuilder();
  for (const sample of samples) builder.add(sample);
  return {
    count: samples.length,
    mean,
    deviation: samples.length < 2 ? 0 : Math.sqrt(squares / (samples.length - 1)),
    min: sorted[0] ?? 0,
    max: sorted.at(-1) ?? 0,
    quantiles: quantilesOf(samples.length, (rank) => sorted[rank - 1] ?? 0),
    blocks: blockMedians(samples),
    sketch: builder.build(),
  };
}

/** The quantiles of what a sketch holds, right to its relative error; for the devices of a fleet together. */
export function describeSketch(sketch: Sketch): QuantileFigure[] {
  const { count: samples } = sketch;
  if (samples === 0) return [];
  return quantilesOf(samples, (rank) => sketchQuantile(sketch, samples === 1 ? 0 : (rank - 1) / (samples - 1)) ?? 0);
}

function quantilesOf(samples: number, valueAt: (rank: number) => number): QuantileFigure[] {
  return quantilesShown.map((q) => {
    const { low, high } = confidenceRanks(samples, q);
    return {
      q,
      value: valueAt(Math.max(1, Math.ceil(q * samples))),
      low: low === null ? null : valueAt(low),
      high: high === null ? null : valueAt(high),
    };
  });
}

/**
 * The ranks (from 1) of the samples between which a quantile lies with `confidence`, whatever its distribution: how many
 * of n samples lie below the true quantile is binomial (Conover, Practical Nonparametric Statistics, 3.2). Null for an
 * end that no sample bounds.
 */
export function confidenceRanks(samples: number, q: number): { low: number | null; high: number | null } {
  const tail = (1 - confidence) / 2;
  const odds = Math.log(q) - Math.log1p(-q);
  let logMass = samples * Math.log1p(-q);
  let below = 0;
  let low = 0;
  for (let hits = 0; hits <= samples; hits += 1) {
    below += Math.exp(logMass);
    if (below <= tail) low = hits + 1;
    if (below >= 1 - tail) return { low: low === 0 ? null : low, high: hits + 1 > samples ? null : hits + 1 };
    logMass += Math.log(samples - hits) - Math.log(hits + 1) + odds;
  }
  return { low: low === 0 ? null : low, high: null };
}

function blockMedians(samples: readonly number[]): number[] {
  const blocks = Math.min(blocksMax, samples.length);
  return Array.from({ length: blocks }, (_, block) => {
    const from = Math.floor((block * samples.length) / blocks);
    const to = Math.floor(((block + 1) * samples.length) / blocks);
    return median(samples.slice(from, to));
  });
}

/** The middle of some numbers; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
