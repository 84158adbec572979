import * as v from 'valibot';
import { count, nonNegative, positiveCount, ratio, text, wallClockMs } from '../base/schema.js';
import { figureSourceSchema, sourcedFigureSchema } from '../health/figures.js';
import { packageIdentitySchema, slotNameSchema } from '../state/slot.js';
import { distributionSchema } from './distribution.js';

/** What of a device is measured: whatever serves, or the package of one slot, which may serve nobody. */
export const measuredSlotSchema = v.picklist(['live', 'blue', 'green']);
export type MeasuredSlot = v.InferOutput<typeof measuredSlotSchema>;

/** Bounds of a measurement, which coordinator and devices share. */
export const measurementLimits = {
  samplesMax: 100_000,
  secondsMax: 24 * 3600,
  /** The share of a device's time that a measurement takes unless somebody says otherwise. */
  shareDefault: 0.2,
  shareMax: 0.9,
  /** The coordinator repeats a command this often: a device that hears nothing for `leaseSeconds` ends by itself. */
  repeatSeconds: 10,
  leaseSeconds: 60,
} as const;

const seconds = v.pipe(nonNegative, v.minValue(0.1), v.maxValue(measurementLimits.secondsMax));
const samples = v.pipe(positiveCount, v.maxValue(measurementLimits.samplesMax));

/** What is to be measured. */
export const measurementSpecSchema = v.variant('kind', [
  /** Exactly so many inferences, after some to warm up that do not count. */
  v.strictObject({ kind: v.literal('latency'), samples }),
  /** What power is drawn while the device does what it does. */
  v.strictObject({ kind: v.literal('energy'), seconds }),
]);
export type MeasurementSpec = v.InferOutput<typeof measurementSpecSchema>;

const latencyFindingsSchema = v.strictObject({
  kind: v.literal('latency'),
  /** Inferences before the first that counts. */
  warmUp: count,
  /** Inferences that gave no usable answer: they are in no figure. */
  errors: count,
  /** What the engine says that an inference took; null if none went well. */
  engineUs: v.nullable(distributionSchema),
  /** The same with everything around it: the call, and a board's line. */
  wholeUs: v.nullable(distributionSchema),
  budgetUs: v.nullable(nonNegative),
});
export type LatencyFindings = v.InferOutput<typeof latencyFindingsSchema>;

const energyFindingsSchema = v.strictObject({
  kind: v.literal('energy'),
  /** Null where nothing measures or estimates it. */
  energyMw: v.nullable(distributionSchema),
  source: v.nullable(figureSourceSchema),
  /** By what share of itself each figure may be off; null where nobody has said. */
  uncertainty: v.nullable(ratio),
  budgetMw: v.nullable(nonNegative),
});
export type EnergyFindings = v.InferOutput<typeof energyFindingsSchema>;

const findingsSchema = v.variant('kind', [latencyFindingsSchema, energyFindingsSchema]);
export type Findings = v.InferOutput<typeof findingsSchema>;

/** What a device has measured, and under which conditions. */
export const measurementResultSchema = v.strictObject({
  package: packageIdentitySchema,
  slot: slotNameSchema,
  state: v.picklist(['staged', 'trial', 'confirmed']),
  startedMs: wallClockMs,
  seconds: nonNegative,
  conditions: v.strictObject({
    temperatureC: sourcedFigureSchema,
    cpuRatio: v.nullable(nonNegative),
    /** Requests of clients answered, and failed, while it was measured. */
    served: count,
    failed: count,
  }),
  findings: findingsSchema,
});
export type MeasurementResult = v.InferOutput<typeof measurementResultSchema>;

/** How far a measurement is. */
export const measurementProgressSchema = v.strictObject({
  done: nonNegative,
  total: nonNegative,
  /** Of `done` and `total`, in the plural. */
  unit: text(32),
});
export type MeasurementProgress = v.InferOutput<typeof measurementProgressSchema>;
