import * as v from 'valibot';
import { deviceIdSchema, digestSchema, packageNameSchema } from '../base/ids.js';
import { count, finite, nonNegative, positiveCount, ratio, text, wallClockMs } from '../base/schema.js';
import { figureSourceSchema, sourcedFigureSchema } from '../health/figures.js';
import { packageIdentitySchema, slotNameSchema } from '../state/slot.js';
import { distributionSchema } from './distribution.js';
import { checkNameSchema, checkStateSchema, suiteSchema } from './suites.js';

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

export const datasetNameSchema = v.pipe(text(64), v.regex(/^[a-z0-9][a-z0-9._-]*$/, 'must be a-z 0-9 . _ -'));
/** A dataset as devices are told of it: its bytes travel in chunks, as those of packages do. */
export const datasetReferenceSchema = v.strictObject({
  name: datasetNameSchema,
  /** SHA-256 of the file. */
  digest: digestSchema,
  sizeBytes: positiveCount,
  /** The only package that it is for; null for any. */
  packageName: v.nullable(packageNameSchema),
});
export type DatasetReference = v.InferOutput<typeof datasetReferenceSchema>;

/** What a device was measured at, as thresholds are made of it. */
export const measuredFiguresSchema = v.strictObject({
  deviceId: deviceIdSchema,
  /** Of the package that it ran. */
  digest: digestSchema,
  /** The mean of the engine's figures; null if there are none. */
  latencyUs: v.nullable(nonNegative),
  energyMw: v.nullable(nonNegative),
});
export type MeasuredFigures = v.InferOutput<typeof measuredFiguresSchema>;

/** Thresholds of one device and one package; null leaves what the package promises. */
export type AdoptedThresholds = MeasuredFigures;

/** Devices whose thresholds are changed at once. */
export const thresholdDevicesMax = 500;

/** What is to be measured. */
export const measurementSpecSchema = v.variant('kind', [
  /** Exactly so many inferences, after some to warm up that do not count. */
  v.strictObject({ kind: v.literal('latency'), samples }),
  /** What power is drawn while the device does what it does. */
  v.strictObject({ kind: v.literal('energy'), seconds }),
  /** Latency and energy at once, spread over a while. */
  v.strictObject({ kind: v.literal('benchmark'), seconds }),
  /** Where the time of an inference goes. */
  v.strictObject({ kind: v.literal('detailed'), samples }),
  /** Thresholds to be taken up; each device finds its own. */
  v.strictObject({
    kind: v.literal('adopt'),
    thresholds: v.pipe(v.array(measuredFiguresSchema), v.minLength(1), v.maxLength(thresholdDevicesMax)),
  }),
  /** A dataset through the device's own engine, from its first row to its last. */
  v.strictObject({ kind: v.literal('evaluate'), dataset: datasetReferenceSchema, labelColumn: v.nullable(text(64)) }),
  /** Checks one after the other, as a suite has them. */
  v.strictObject({
    kind: v.literal('verify'),
    suite: suiteSchema,
    checks: v.pipe(v.array(checkNameSchema), v.minLength(1), v.maxLength(32)),
    /** For the accuracy; null where none is registered. */
    dataset: v.nullable(datasetReferenceSchema),
    /** Of the drill; if it is left out, there is none in production. */
    drill: v.exactOptional(
      v.strictObject({
        isInProduction: v.boolean(),
        /** Filled in by the coordinator: why there must be none now; null for nothing. */
        heldBecause: v.nullable(text(200)),
      }),
    ),
  }),
]);
export type MeasurementSpec = v.InferOutput<typeof measurementSpecSchema>;

const figuresOfInferences = {
  /** Inferences before the first that counts. */
  warmUp: count,
  /** Inferences that gave no usable answer: they are in no figure. */
  errors: count,
  /** What the engine says that an inference took; null if none went well. */
  engineUs: v.nullable(distributionSchema),
  /** The same with everything around it: the call, and a board's line. */
  wholeUs: v.nullable(distributionSchema),
} as const;

const latencyFindingsSchema = v.strictObject({
  kind: v.literal('latency'),
  ...figuresOfInferences,
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

const evaluateFindingsSchema = v.strictObject({
  kind: v.literal('evaluate'),
  dataset: v.strictObject({ name: text(64), digest: digestSchema }),
  /** Whether it is the dataset that the package names under that name; null if it names none. */
  isAsPacked: v.nullable(v.boolean()),
  rows: count,
  right: count,
  /** Rows without a usable answer: none of them is right. */
  unusable: count,
  labels: v.pipe(v.array(text(64)), v.maxLength(64)),
  /** By right answer, then by what was decided: how many rows. */
  confusion: v.pipe(v.array(v.array(count)), v.maxLength(64)),
  accuracy: ratio,
  /** The interval that holds the true accuracy in 95 of 100 cases, were the rows independent. */
  low: ratio,
  high: ratio,
  minimum: v.nullable(ratio),
});
export type EvaluateFindings = v.InferOutput<typeof evaluateFindingsSchema>;

/** What a check found. */
export const checkSchema = v.strictObject({
  name: checkNameSchema,
  state: checkStateSchema,
  detail: text(500),
  value: v.exactOptional(finite),
  limit: v.exactOptional(finite),
  unit: v.exactOptional(text(16)),
  seconds: nonNegative,
});
export type Check = v.InferOutput<typeof checkSchema>;

/** How a device went back from a package that nobody confirmed. */
export const drillFindingsSchema = v.strictObject({
  /** What was tried, and what serves again. */
  tried: packageIdentitySchema,
  served: packageIdentitySchema,
  startedMs: wallClockMs,
  /** From the first byte that was put aside until both slots were as before. */
  seconds: nonNegative,
  trialSeconds: nonNegative,
  /** From the decision to the first moment at which the other package serves. */
  tripToServingMs: nonNegative,
  /** Requests that the drill itself made over HTTP, and those of them that were not answered as they should be. */
  requestsMade: count,
  requestsLost: count,
  /** Everybody's requests in that time, by the device's own count. */
  servedMeanwhile: count,
  failedMeanwhile: count,
  /** The last event about it: the coordinator must have it. */
  told: v.strictObject({ epoch: text(32), eventSequence: count }),
});
export type DrillFindings = v.InferOutput<typeof drillFindingsSchema>;

const verifyFindingsSchema = v.strictObject({
  kind: v.literal('verify'),
  suite: suiteSchema,
  checks: v.pipe(v.array(checkSchema), v.maxLength(32)),
  /** The health message that the coordinator must have; null if none was to be sent. */
  telemetry: v.nullable(v.strictObject({ epoch: text(32), sequence: count })),
  /** Only where a drill was made to its end. */
  drill: v.exactOptional(drillFindingsSchema),
});
export type VerifyFindings = v.InferOutput<typeof verifyFindingsSchema>;

export const benchmarkFindingsSchema = v.strictObject({
  kind: v.literal('benchmark'),
  ...figuresOfInferences,
  energy: energyFindingsSchema,
  /** Of the device, over the benchmark; null without a sensor. */
  temperatureC: v.nullable(v.strictObject({ mean: finite, min: finite, max: finite })),
  memoryRatioMax: v.nullable(nonNegative),
});
export type BenchmarkFindings = v.InferOutput<typeof benchmarkFindingsSchema>;

const detailedFindingsSchema = v.strictObject({
  kind: v.literal('detailed'),
  /** Single inferences, as the engine and as its caller see them. */
  engineUs: v.nullable(distributionSchema),
  wholeUs: v.nullable(distributionSchema),
  /** A step where one call carries many, by the engine. */
  stepUs: v.nullable(distributionSchema),
  /** Round trips through the device's own `POST /inference`; null where it turns clients away or serves nobody. */
  httpUs: v.nullable(distributionSchema),
  /** Each layer's part of the kernel's multiply-accumulates: an estimate of its part of the time. */
  layers: v.pipe(v.array(v.strictObject({ name: text(64), share: ratio })), v.maxLength(32)),
  /** How long the broker takes to acknowledge a message, at its quickest. */
  brokerMs: v.nullable(nonNegative),
  machine: v.strictObject({
    cpuRatio: v.nullable(nonNegative),
    load1: v.nullable(nonNegative),
    memoryRatio: v.nullable(nonNegative),
    /** Of a gateway's processor; null of boards, and where nobody says. */
    clock: v.nullable(v.strictObject({ nowMhz: nonNegative, maxMhz: nonNegative })),
  }),
});
export type DetailedFindings = v.InferOutput<typeof detailedFindingsSchema>;

const thresholdPairSchema = v.strictObject({ latencyUs: v.nullable(nonNegative), energyMw: v.nullable(nonNegative) });

const adoptFindingsSchema = v.strictObject({
  kind: v.literal('adopt'),
  /** In force before and after. */
  before: thresholdPairSchema,
  after: thresholdPairSchema,
});
export type AdoptFindings = v.InferOutput<typeof adoptFindingsSchema>;

const findingsSchema = v.variant('kind', [
  latencyFindingsSchema,
  energyFindingsSchema,
  benchmarkFindingsSchema,
  detailedFindingsSchema,
  adoptFindingsSchema,
  evaluateFindingsSchema,
  verifyFindingsSchema,
]);
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
