import * as v from 'valibot';
import { digestSchema, packageNameSchema, packageVersionSchema } from '../base/ids.js';
import { limits } from '../base/limits.js';
import { bytes, count, finite, nonNegative, positiveCount, text, wallClockMs } from '../base/schema.js';
import { outputProfileSchema } from '../health/output-profile.js';

const size = (max: number) => v.pipe(positiveCount, v.maxValue(max));
const positive = v.pipe(finite, v.gtValue(0));

export const channelSchema = v.strictObject({ name: v.pipe(text(64), v.minLength(1)), unit: text(32) });

/** What kind of answer the outputs are, and how a label is read off them. */
export const outputsSchema = v.strictObject({
  channels: v.pipe(v.array(channelSchema), v.minLength(1), v.maxLength(limits.outputsMax)),
  kind: v.picklist(['values', 'logits']),
  /** With `logits`: the label of each output; the largest output decides, the first of equals. */
  labels: v.nullable(v.array(text(64))),
  /** The closed range outside which an output is an error of the package; null: any finite number will do. */
  range: v.nullable(v.tuple([finite, finite])),
});

/**
 * Inputs with the exact output bits that every device must compute from the initial state. Float32 values travel as
 * their 32-bit patterns, little-endian, so that equality means equality.
 */
export const goldenVectorSchema = v.strictObject({
  steps: size(limits.sequenceStepsMax),
  /** `steps` x input size float32 values. */
  inputs: bytes,
  /** `steps` float32 values: seconds or whatever unit `timeStep` names. */
  timeSteps: bytes,
  /** `steps` x output size float32 values. */
  outputs: bytes,
  /** The state after the last step. */
  stateFinal: bytes,
});
export type GoldenVector = v.InferOutput<typeof goldenVectorSchema>;

/** Limits that the package brings along; null where its maker promised nothing. */
export const budgetsSchema = v.strictObject({
  latencyMs: v.nullable(positive),
  energyMw: v.nullable(positive),
  /** Share of right answers on the named data set, 0 to 1. */
  accuracy: v.nullable(v.pipe(nonNegative, v.maxValue(1))),
  memoryKb: v.nullable(positive),
  temperatureMinC: v.nullable(finite),
  temperatureMaxC: v.nullable(finite),
});
export type Budgets = v.InferOutput<typeof budgetsSchema>;

export const networkSummarySchema = v.strictObject({
  cell: v.picklist(['cfc', 'ltc', 'gru']),
  /** `default`, `no_gate` or `pure` for a CfC; null otherwise. */
  mode: v.nullable(v.picklist(['default', 'no_gate', 'pure'])),
  mixedMemory: v.boolean(),
  inputSize: size(limits.inputsMax),
  units: size(limits.unitsMax),
  outputSize: size(limits.outputsMax),
  /** Layers of the wiring, first to last, by their number of neurons; null for an unwired cell. */
  wiring: v.nullable(v.strictObject({ kind: text(32), layers: v.array(positiveCount), synapses: count })),
  parameters: positiveCount,
});
export type NetworkSummary = v.InferOutput<typeof networkSummarySchema>;

/** Float32 values of the recurrent state: the units', then the memory's if there is one. */
function stateValues(network: NetworkSummary): number {
  return network.units * (network.mixedMemory ? 2 : 1);
}

/** The part of a package that people and gates read. */
export const manifestSchema = v.pipe(
  v.strictObject({
    name: packageNameSchema,
    version: packageVersionSchema,
    description: text(2_000),
    createdMs: wallClockMs,
    /** The network image's ABI. */
    kernelAbi: positiveCount,
    network: networkSummarySchema,
    inputs: v.pipe(v.array(channelSchema), v.minLength(1), v.maxLength(limits.inputsMax)),
    /** Applied inside the network image; here for people. */
    normalisation: v.nullable(v.strictObject({ mean: v.array(finite), std: v.array(positive) })),
    outputs: outputsSchema,
    /** The unit of a time step as the network was trained, and the step that an `/inference` without `dt` means. */
    timeStep: v.strictObject({ unit: v.picklist(['second', 'minute', 'hour', 'step']), default: positive }),
    budgets: budgetsSchema,
    /** Measured figures of this package, where it already ran. */
    baseline: v.nullable(
      v.strictObject({ latencyUsP50: nonNegative, latencyUsP99: nonNegative, energyMw: v.nullable(nonNegative) }),
    ),
    goldenVectors: v.pipe(v.array(goldenVectorSchema), v.minLength(1), v.maxLength(16)),
    datasets: v.pipe(v.array(v.strictObject({ name: text(64), digest: v.nullable(digestSchema) })), v.maxLength(16)),
    /** The files that the package was made from. */
    provenance: v.pipe(v.array(v.strictObject({ file: text(200), digest: digestSchema })), v.maxLength(16)),
    /** What the outputs did over validation data. The one key that may be missing: older packages have none. */
    outputProfile: v.exactOptional(outputProfileSchema),
  }),
  v.check(
    (manifest) => manifest.inputs.length === manifest.network.inputSize,
    'inputs must name every input of the network',
  ),
  v.check(
    (manifest) => manifest.outputs.channels.length === manifest.network.outputSize,
    'outputs must name every output of the network',
  ),
  v.check(
    ({ normalisation, network }) =>
      normalisation === null ||
      (normalisation.mean.length === network.inputSize && normalisation.std.length === network.inputSize),
    'normalisation must have a mean and a deviation for every input',
  ),
  v.check(
    ({ outputs }) => outputs.labels === null || outputs.labels.length === outputs.channels.length,
    'labels must name every output',
  ),
  v.check(
    ({ outputProfile, network }) => outputProfile === undefined || outputProfile.outputs.length === network.outputSize,
    'outputProfile must describe every output',
  ),
  v.check(
    ({ outputProfile, outputs }) =>
      outputProfile === undefined || (outputProfile.limits.saturationMax === null) === (outputs.range === null),
    'outputProfile must have a saturation exactly if outputs have a range',
  ),
  v.check(({ outputs }) => outputs.range === null || outputs.range[0] < outputs.range[1], 'range must be ascending'),
  v.check(
    ({ goldenVectors, network }) =>
      goldenVectors.every(
        (vector) =>
          vector.inputs.length === vector.steps * network.inputSize * 4 &&
          vector.timeSteps.length === vector.steps * 4 &&
          vector.outputs.length === vector.steps * network.outputSize * 4 &&
          vector.stateFinal.length === stateValues(network) * 4,
      ),
    'golden vectors must have the sizes that their steps and the network call for',
  ),
);
export type Manifest = v.InferOutput<typeof manifestSchema>;
