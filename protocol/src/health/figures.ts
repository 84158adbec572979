import * as v from 'valibot';
import { count, finite, nonNegative, text } from '../base/schema.js';
import { sketchSchema } from './sketch.js';

/** Where a figure comes from: an estimate (`model`) is never taken for a measurement. */
export const figureSourceSchema = v.picklist(['ina226', 'hwmon', 'rapl', 'thermal-zone', 'board', 'model', 'os']);
export type FigureSource = v.InferOutput<typeof figureSourceSchema>;

/** A figure with its source; null where the device has no such sensor. */
export const sourcedFigureSchema = v.nullable(v.strictObject({ value: finite, source: figureSourceSchema }));
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
  latencyUs: sketchSchema,
  energyMw: sourcedFigureSchema,
  temperatureC: sourcedFigureSchema,
  /** Used share of the memory that the device has, 0 to 1. */
  memoryRatio: v.nullable(nonNegative),
  /** Crashes of the engine. */
  crashes: count,
});
export type WindowFigures = v.InferOutput<typeof windowFiguresSchema>;

/** The limits that a package brings along, complete with where each comes from. */
export const thresholdsSchema = v.strictObject({
  latencyUs: v.nullable(v.strictObject({ value: nonNegative, origin: v.picklist(['budget', 'baseline']) })),
  energyMw: v.nullable(v.strictObject({ value: nonNegative, origin: v.picklist(['budget', 'baseline']) })),
  temperatureMinC: finite,
  temperatureMaxC: finite,
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
]);
export type Metric = v.InferOutput<typeof metricSchema>;

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
