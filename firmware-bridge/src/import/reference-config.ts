import { limits } from '@liquid-lln/protocol';
import * as v from 'valibot';

const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const sizeUpTo = (max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(max));
const text = v.pipe(v.string(), v.maxLength(2_000));
const units = sizeUpTo(limits.unitsMax);
const neurons = v.pipe(v.array(count), v.maxLength(limits.unitsMax));
const signs = v.array(v.array(v.picklist([-1, 0, 1])));

const wiringSchema = v.strictObject({
  type: v.pipe(v.string(), v.maxLength(32)),
  arguments: v.record(v.string(), v.unknown()),
  input_dim: sizeUpTo(limits.inputsMax),
  output_dim: v.nullable(units),
  layer_names: v.array(text),
  layers: v.pipe(v.array(v.pipe(neurons, v.minLength(1))), v.minLength(1)),
  state_neurons: neurons,
  output_neurons: neurons,
  adjacency_matrix: signs,
  sensory_adjacency_matrix: signs,
});
export type ReferenceWiring = v.InferOutput<typeof wiringSchema>;

const cfcSchema = v.strictObject({
  mode: v.picklist(['default', 'no_gate', 'pure']),
  wired: v.boolean(),
  backbone_layers: v.pipe(count, v.maxValue(3)),
  backbone_units: v.nullable(units),
  backbone_activation: v.nullable(v.picklist(['lecun_tanh', 'tanh', 'relu', 'silu', 'gelu'])),
  backbone_dropout: v.nullable(finite),
  backbone_tensors: v.array(text),
});

const mapping = v.nullable(v.picklist(['affine', 'linear']));
const ltcSchema = v.strictObject({
  ode_unfolds: sizeUpTo(256),
  epsilon: v.pipe(finite, v.minValue(0)),
  input_mapping: mapping,
  output_mapping: mapping,
  implicit_param_constraints: v.boolean(),
});

const metricsSchema = v.object({
  accuracy: finite,
  false_positives: count,
  false_negatives: count,
  rows: count,
});

const common = {
  format: v.literal('liquid-reference-1'),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  description: v.optional(text, ''),
  input_size: sizeUpTo(limits.inputsMax),
  units,
  state_size: units,
  output_size: sizeUpTo(limits.outputsMax),
  cell_output_size: units,
  mixed_memory: v.boolean(),
  tensor_prefix: v.pipe(v.string(), v.maxLength(64)),
  readout: v.nullable(v.strictObject({ weight: text, bias: text, size: sizeUpTo(limits.outputsMax) })),
  wiring: v.nullable(wiringSchema),
  tensors: v.record(v.string(), v.array(count)),
  task: v.optional(text),
  inputs: v.optional(v.array(v.strictObject({ name: text, unit: text }))),
  timespan_unit: v.optional(v.picklist(['second', 'minute', 'hour', 'step'])),
  normalisation: v.optional(
    v.strictObject({
      mean: v.array(finite),
      std: v.array(v.pipe(finite, v.gtValue(0))),
      rule: v.optional(text),
    }),
  ),
  outputs: v.optional(
    v.strictObject({
      classes: v.array(v.pipe(v.string(), v.maxLength(64))),
      kind: v.literal('logits'),
      decision: v.literal('argmax'),
    }),
  ),
  training: v.optional(v.record(v.string(), v.unknown())),
  metrics_note: v.optional(text),
  metrics: v.optional(v.record(v.string(), metricsSchema)),
};

/** `NAME.json` of the reference format, version 1. Unknown keys are refused: they might change what a network means. */
export const referenceConfigSchema = v.variant('cell', [
  v.strictObject({ ...common, cell: v.literal('cfc'), cfc: cfcSchema }),
  v.strictObject({ ...common, cell: v.literal('ltc'), ltc: ltcSchema, wiring: wiringSchema }),
  v.strictObject({ ...common, cell: v.literal('gru'), mixed_memory: v.literal(false), wiring: v.null() }),
]);
export type ReferenceConfig = v.InferOutput<typeof referenceConfigSchema>;
export type ReferenceConfigOf<Cell extends ReferenceConfig['cell']> = Extract<ReferenceConfig, { cell: Cell }>;
