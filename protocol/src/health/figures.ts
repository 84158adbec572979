import * as v from 'valibot';
import { count, finite, nonNegative, ratio, text } from '../base/schema.js';
import { emptySketch, sketchSchema } from './sketch.js';

/** Where a figure comes from: an estimate (`model`) is never taken for a measurement. */
export const figureSourceSchema = v.picklist(['ina226', 'hwmon', 'rapl', 'thermal-zone', 'board', 'model', 'os']);
export type FigureSource = v.InferOutput<typeof figureSourceSchema>;

/** A figure with its source; null where the device has no such sensor. */
export const sourcedFigureSchema = v.nullable(
  v.strictObject({
    value: finite,
    source: figureSourceSchema,
    /** By what share of itself it may be off, 0 to 1; missing where nobody has said. */
    uncertainty: v.exactOptional(ratio),
  }),
);
export type SourcedFigure = v.InferOutput<typeof sourcedFigureSchema>;

/** What a device saw in one span of time: the input of every verdict, on the device and in the coordinator. */
export const windowFiguresSchema = v.strictObject({
  /** How much time the window covers. */
  seconds: nonNegative,
  /** Inferences tried, with those that failed. Requests refused as malformed are in neither. */
  inferences: count,
  errors: count,
  /** Requests refused because they were malformed. */
  rejected: count,
  /** Of `inferences`, those that the agent made itself for want of traffic. */
  probes: count,
  /** Of `errors`, those of probes: what clients meet is judged apart, or probes would thin its errors out. */
  probeErrors: v.optional(count, 0),
  /** Of `errors`, the answers to clients that held NaN or an infinity. */
  nonFinite: v.optional(count, 0),
  latencyUs: sketchSchema,
  /** Means of batches of latencies, a second each: how the mean varies from moment to moment. */
  latencyBatches: v.optional(sketchSchema, emptySketch),
  /** The mean of the readings. */
  energyMw: sourcedFigureSchema,
  /** Means of batches of readings, `energyBatchSeconds` each. */
  energyBatches: v.optional(sketchSchema, emptySketch),
  temperatureC: sourcedFigureSchema,
  /** The lower end of the thermal band that the temperature lies in; null without a sensor. */
  thermalBandC: v.optional(v.nullable(finite), null),
  /** Readings of a sensor that were no finite number: bad samples, never zeros. */
  badReadings: v.optional(count, 0),
  /** Used share of the memory that the device has, 0 to 1. */
  memoryRatio: v.nullable(nonNegative),
  /** Crashes of the engine. */
  crashes: count,
});
export type WindowFigures = v.InferOutput<typeof windowFiguresSchema>;

/** Where a limit comes from: the package's budgets or output profile, the package before it, or the policy itself. */
export const limitOriginSchema = v.picklist(['budget', 'baseline', 'profile', 'policy']);
export type LimitOrigin = v.InferOutput<typeof limitOriginSchema>;

const thresholdSchema = v.strictObject({
  value: nonNegative,
  origin: v.picklist(['budget', 'baseline']),
  /** The thermal band that a baseline was taken from; null for one over all temperatures, and for a budget. */
  bandC: v.optional(v.nullable(finite), null),
});

/** What the outputs did over the validation data, and so may do again. */
export const outputLimitsSchema = v.strictObject({
  /** The largest share of one block's steps with an output at an end of its range; null without a range. */
  saturationMax: v.nullable(ratio),
  /** The largest distance of one block's outputs from all of them. */
  driftMax: ratio,
  /** The longest run of steps with other inputs and the same outputs. */
  stuckStepsMax: count,
});
export type OutputLimits = v.InferOutput<typeof outputLimitsSchema>;

/** The limits that a package brings along, complete with where each comes from. */
export const thresholdsSchema = v.strictObject({
  latencyUs: v.nullable(thresholdSchema),
  energyMw: v.nullable(thresholdSchema),
  temperatureMinC: finite,
  temperatureMaxC: finite,
  temperatureMinOrigin: v.optional(v.picklist(['budget', 'policy']), 'policy'),
  temperatureMaxOrigin: v.optional(v.picklist(['budget', 'policy']), 'policy'),
  /** Null for a package without an output profile. */
  outputs: v.optional(v.nullable(outputLimitsSchema), null),
});
export type Thresholds = v.InferOutput<typeof thresholdsSchema>;

export const metricSchema = v.picklist([
  'error-rate',
  'latency',
  'energy',
  'memory',
  'temperature',
  'crash',
  'liveness',
  'output',
  'saturation',
  'drift',
  'stuck',
]);
export type Metric = v.InferOutput<typeof metricSchema>;

/** Label-free guards: clear cases end a trial, but never roll back what was confirmed. */
export const trialOnlyMetrics: ReadonlySet<Metric> = new Set<Metric>(['output', 'saturation', 'drift', 'stuck']);

/** Width of a thermal band in degrees: a processor's clock follows its temperature in steps of about that size. */
export const thermalBandWidthC = 15;

/** The lower end of the band that a temperature lies in; null without a finite one. */
export function thermalBandOf(temperatureC: number | null): number | null {
  if (temperatureC === null || !Number.isFinite(temperatureC)) return null;
  return Math.floor(temperatureC / thermalBandWidthC) * thermalBandWidthC;
}

/** A limit that was passed, with the figures that say so. */
export const breachSchema = v.strictObject({
  metric: metricSchema,
  level: v.picklist(['alert', 'rollback']),
  value: finite,
  limit: finite,
  unit: text(16),
  samples: count,
});
export type Breach = v.InferOutput<typeof breachSchema>;

/** `inconclusive`: not enough evidence; `error`: could not measure. Both hold; neither is success. */
export const verdictSchema = v.picklist(['successful', 'failed', 'inconclusive', 'error']);
export type Verdict = v.InferOutput<typeof verdictSchema>;
