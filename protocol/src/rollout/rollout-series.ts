import * as v from 'valibot';
import { count, finite, positiveCount, wallClockMs } from '../base/schema.js';

/** Points that a series has at most: two a slot, and a coordinator keeps fewer than 200 slots. */
export const seriesPointsMax = 1_000;

/** A figure over devices: the mean, and the lowest and highest mean of a single device. */
const spreadSchema = v.strictObject({ mean: finite, low: finite, high: finite });
export type FigureSpread = v.InferOutput<typeof spreadSchema>;

/**
 * - `canary`: devices of the rollout while they run what it brought;
 * - `control`: devices of its target while they run something else, those that have not come to their wave included.
 */
const seriesCohortSchema = v.picklist(['canary', 'control']);
export type SeriesCohort = v.InferOutput<typeof seriesCohortSchema>;

/** What one cohort of a rollout did in one slot of time. Figures that nobody measured are null, never zero. */
export const seriesPointSchema = v.strictObject({
  startMs: wallClockMs,
  seconds: positiveCount,
  cohort: seriesCohortSchema,
  devices: positiveCount,
  /** Inferences of clients, or of probes where there were no clients, and those of them that failed. */
  tries: count,
  errors: count,
  /** Geometric means: `mean` over all inferences, in microseconds. */
  latencyUs: v.nullable(spreadSchema),
  /** Geometric means: `mean` over all readings, in milliwatts. */
  energyMw: v.nullable(spreadSchema),
  /** `mean` over devices by time, in degrees Celsius. */
  temperatureC: v.nullable(spreadSchema),
});
export type SeriesPoint = v.InferOutput<typeof seriesPointSchema>;

/** What was recorded of a rollout's devices before, during and after it, oldest first. */
export const rolloutSeriesSchema = v.strictObject({
  points: v.pipe(v.array(seriesPointSchema), v.maxLength(seriesPointsMax)),
  /** What lies further back is not kept. */
  keptSeconds: positiveCount,
  /** By the coordinator's clock. */
  nowMs: wallClockMs,
});
export type RolloutSeries = v.InferOutput<typeof rolloutSeriesSchema>;
