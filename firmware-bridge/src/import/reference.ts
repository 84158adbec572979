import { type Manifest, type NetworkDescription, type NetworkSummary, parseWith } from '@liquid-lln/protocol';
import { readCell, readMemory, readReadout } from './reference-cells.js';
import { type ReferenceConfig, referenceConfigSchema } from './reference-config.js';
import { checkWiring, requireThat, summarizeWiring } from './reference-wiring.js';
import type { Tensors } from './safetensors.js';
import { createTensorReader } from './tensor-reader.js';

/** How a trained model did on one data set. */
export interface ImportedMetrics {
  /** Share of right answers, 0 to 1. */
  readonly accuracy: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly rows: number;
}

/** A network as its source describes it, with what a package's manifest needs to know about it. */
export interface ImportedModel {
  /** The source's own name for it. */
  readonly name: string;
  readonly description: NetworkDescription;
  readonly summary: NetworkSummary;
  readonly inputs: Manifest['inputs'];
  readonly outputs: Manifest['outputs'];
  readonly normalisation: Manifest['normalisation'];
  readonly timeStep: Manifest['timeStep'];
  /** By data set (`train`, `validation`, `test`, ...); empty if the source states none. */
  readonly metrics: Readonly<Record<string, ImportedMetrics>>;
}

/**
 * Imports a network in the reference format: PyTorch ncps weights and a JSON description. Every field of the
 * description is checked against the tensors, and every tensor must be asked for by the description.
 * @throws LlnError NETWORK_UNSUPPORTED, SAFETENSORS_INVALID
 */
export function importReference(data: unknown, tensors: Tensors): ImportedModel {
  const config = parseWith(referenceConfigSchema, data, "network's description", 'NETWORK_UNSUPPORTED');
  checkSizes(config);
  checkDeclaredTensors(config, tensors);
  if (config.wiring !== null) checkWiring(config.wiring, config);
  return {
    name: config.name,
    description: describe(config, tensors),
    summary: summarize(config, tensors),
    inputs: config.inputs ?? Array.from({ length: config.input_size }, (_, i) => ({ name: `x${i}`, unit: '' })),
    outputs: outputsOf(config),
    normalisation: normalisationOf(config),
    timeStep: { unit: config.timespan_unit ?? 'step', default: 1 },
    metrics: metricsOf(config),
  };
}

function checkSizes(config: ReferenceConfig): void {
  requireThat(config.state_size === config.units, 'state_size must be units');
  requireThat(config.cell_output_size <= config.units, 'cell_output_size must not exceed units');
  const answer = config.readout?.size ?? config.cell_output_size;
  requireThat(config.output_size === answer, `output_size must be ${answer}`);
  const { inputs, outputs, normalisation } = config;
  requireThat((inputs?.length ?? config.input_size) === config.input_size, 'inputs must name every input');
  requireThat((outputs?.classes.length ?? answer) === answer, 'outputs.classes must name every output');
  const lengths = [normalisation?.mean.length, normalisation?.std.length];
  const isRight = lengths.every((length) => (length ?? config.input_size) === config.input_size);
  requireThat(isRight, 'normalisation must have a mean and a deviation for every input');
}

/** The description lists the tensors of its weights file: the two must have been exported together. */
function checkDeclaredTensors(config: ReferenceConfig, tensors: Tensors): void {
  const declared = Object.entries(config.tensors);
  requireThat(
    declared.length === tensors.size,
    `${declared.length} tensors are described, the file has ${tensors.size}`,
  );
  for (const [name, shape] of declared) {
    const found = tensors.get(name)?.shape;
    requireThat(found !== undefined, `the tensor ${name} is not in the weights file`);
    requireThat(String(found) === String(shape), `the tensor ${name} has the shape [${found}], not [${shape}]`);
  }
}

function describe(config: ReferenceConfig, tensors: Tensors): NetworkDescription {
  const reader = createTensorReader(tensors);
  const { normalisation } = config;
  const description: NetworkDescription = {
    inputSize: config.input_size,
    units: config.units,
    outputSize: config.output_size,
    normalisation:
      normalisation === undefined
        ? null
        : { mean: Float32Array.from(normalisation.mean), std: Float32Array.from(normalisation.std) },
    memory: readMemory(config, reader),
    cell: readCell(config, reader),
    readout: readReadout(config, reader),
  };
  reader.requireAllTaken();
  return description;
}

function summarize(config: ReferenceConfig, tensors: Tensors): NetworkSummary {
  const trained = [...tensors].filter(([name]) => !name.endsWith('sparsity_mask'));
  return {
    cell: config.cell,
    mode: config.cell === 'cfc' ? config.cfc.mode : null,
    mixedMemory: config.mixed_memory,
    inputSize: config.input_size,
    units: config.units,
    outputSize: config.output_size,
    wiring: config.wiring === null ? null : summarizeWiring(config.wiring),
    parameters: trained.reduce((sum, [, tensor]) => sum + tensor.values.length, 0),
  };
}

function outputsOf(config: ReferenceConfig): Manifest['outputs'] {
  const classes = config.outputs?.classes;
  if (classes === undefined) {
    const channels = Array.from({ length: config.output_size }, (_, i) => ({ name: `y${i}`, unit: '' }));
    return { channels, kind: 'values', labels: null, range: null };
  }
  return { channels: classes.map((name) => ({ name, unit: 'logit' })), kind: 'logits', labels: classes, range: null };
}

function normalisationOf(config: ReferenceConfig): Manifest['normalisation'] {
  const { normalisation } = config;
  return normalisation === undefined ? null : { mean: normalisation.mean, std: normalisation.std };
}

function metricsOf(config: ReferenceConfig): Record<string, ImportedMetrics> {
  const entries = Object.entries(config.metrics ?? {}).map(([name, metrics]): [string, ImportedMetrics] => [
    name,
    {
      accuracy: metrics.accuracy,
      falsePositives: metrics.false_positives,
      falseNegatives: metrics.false_negatives,
      rows: metrics.rows,
    },
  ]);
  return Object.fromEntries(entries);
}
