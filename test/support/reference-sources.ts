import type { Tensor, Tensors } from '@liquid-lln/firmware-bridge';

/** A description in the reference format, as loose JSON that a test may damage. */
export type LooseConfig = Record<string, unknown>;

export interface ReferenceSource {
  readonly config: LooseConfig;
  readonly tensors: Tensors;
}

/** Tensors of these shapes, filled with small numbers. */
function tensorsOf(shapes: Readonly<Record<string, readonly number[]>>): Map<string, Tensor> {
  const entries = Object.entries(shapes).map(([name, shape]): [string, Tensor] => {
    const size = shape.reduce((product, length) => product * length, 1);
    return [name, { shape, values: Float32Array.from({ length: size }, (_, i) => ((i * 7) % 11) / 8 - 0.5) }];
  });
  return new Map(entries);
}

function sourceOf(config: LooseConfig, tensors: Map<string, Tensor>): ReferenceSource {
  const shapes = Object.fromEntries([...tensors].map(([name, tensor]) => [name, tensor.shape]));
  const defaults = {
    format: 'liquid-reference-1',
    name: 'example',
    description: '',
    mixed_memory: false,
    tensor_prefix: '',
    readout: null,
    wiring: null,
  };
  return { config: { ...defaults, ...config, tensors: shapes }, tensors };
}

const cfcOptions = {
  mode: 'default',
  wired: false,
  backbone_layers: 0,
  backbone_units: null,
  backbone_activation: null,
  backbone_dropout: 0,
  backbone_tensors: [] as string[],
};

/** 2 inputs, 3 units, a backbone of one layer of 4, a memory, a readout of 1, everything a trained model has. */
export function cfcSource(): ReferenceSource {
  const heads = ['ff1', 'ff2', 'time_a', 'time_b'].flatMap((head): [string, number[]][] => [
    [`rnn.rnn_cell.${head}.weight`, [3, 4]],
    [`rnn.rnn_cell.${head}.bias`, [3]],
  ]);
  const tensors = tensorsOf({
    'rnn.rnn_cell.backbone.0.weight': [4, 5],
    'rnn.rnn_cell.backbone.0.bias': [4],
    ...Object.fromEntries(heads),
    'rnn.lstm.input_map.weight': [12, 2],
    'rnn.lstm.input_map.bias': [12],
    'rnn.lstm.recurrent_map.weight': [12, 3],
    'readout.weight': [1, 3],
    'readout.bias': [1],
  });
  const config = {
    cell: 'cfc',
    input_size: 2,
    units: 3,
    state_size: 3,
    cell_output_size: 3,
    output_size: 1,
    mixed_memory: true,
    tensor_prefix: 'rnn.',
    readout: { weight: 'readout.weight', bias: 'readout.bias', size: 1 },
    cfc: {
      ...cfcOptions,
      backbone_layers: 1,
      backbone_units: 4,
      backbone_activation: 'silu',
      backbone_tensors: ['backbone.0'],
    },
    inputs: [
      { name: 'light', unit: 'lux' },
      { name: 'co2', unit: 'ppm' },
    ],
    timespan_unit: 'minute',
    normalisation: { mean: [1, 2], std: [3, 4], rule: '(raw - mean) / std' },
    outputs: { classes: ['occupied'], kind: 'logits', decision: 'argmax' },
    metrics: { test: { accuracy: 0.5, false_positives: 1, false_negatives: 2, rows: 6 } },
  };
  return sourceOf(config, tensors);
}

/** 2 inputs; neurons 2 and 3 hear them, neurons 0 and 1 answer. */
function wiringOf(stateNeurons: readonly number[]) {
  return {
    type: 'NCP',
    arguments: {},
    input_dim: 2,
    output_dim: 2,
    layer_names: ['inter', 'motor'],
    layers: [
      [2, 3],
      [0, 1],
    ],
    state_neurons: [...stateNeurons],
    output_neurons: [0, 1],
    adjacency_matrix: [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [1, 0, 0, 0],
      [-1, 1, 0, 1],
    ],
    sensory_adjacency_matrix: [
      [0, 0, 1, 0],
      [0, 0, -1, 1],
    ],
  };
}

export function wiredCfcSource(): ReferenceSource {
  const layer = (i: number): [string, number[]][] => [
    [`rnn_cell.layer_${i}.sparsity_mask`, [2, 4]],
    [`rnn_cell.layer_${i}.A`, [1, 2]],
    [`rnn_cell.layer_${i}.w_tau`, [1, 2]],
    [`rnn_cell.layer_${i}.ff1.weight`, [2, 4]],
    [`rnn_cell.layer_${i}.ff1.bias`, [2]],
  ];
  const tensors = tensorsOf(Object.fromEntries([...layer(0), ...layer(1)]));
  tensors.set('rnn_cell.layer_0.sparsity_mask', { shape: [2, 4], values: Float32Array.of(1, 1, 1, 1, 0, 1, 1, 1) });
  tensors.set('rnn_cell.layer_1.sparsity_mask', { shape: [2, 4], values: Float32Array.of(1, 1, 1, 1, 0, 1, 1, 1) });
  const config = {
    cell: 'cfc',
    input_size: 2,
    units: 4,
    state_size: 4,
    cell_output_size: 2,
    output_size: 2,
    cfc: { ...cfcOptions, mode: 'pure', wired: true },
    wiring: wiringOf([2, 3, 0, 1]),
  };
  return sourceOf(config, tensors);
}

export function ltcSource(): ReferenceSource {
  const matrices = ['w', 'sigma', 'mu', 'erev'].flatMap((name): [string, number[]][] => [
    [`rnn_cell.${name}`, [4, 4]],
    [`rnn_cell.sensory_${name}`, [2, 4]],
  ]);
  const tensors = tensorsOf({
    ...Object.fromEntries(matrices),
    'rnn_cell.gleak': [4],
    'rnn_cell.vleak': [4],
    'rnn_cell.cm': [4],
    'rnn_cell.sparsity_mask': [4, 4],
    'rnn_cell.sensory_sparsity_mask': [2, 4],
    'rnn_cell.input_w': [2],
    'rnn_cell.input_b': [2],
    'rnn_cell.output_w': [2],
  });
  const wiring = wiringOf([0, 1, 2, 3]);
  const maskOf = (matrix: readonly (readonly number[])[]) => Float32Array.from(matrix.flat(), Math.abs);
  tensors.set('rnn_cell.sparsity_mask', { shape: [4, 4], values: maskOf(wiring.adjacency_matrix) });
  tensors.set('rnn_cell.sensory_sparsity_mask', { shape: [2, 4], values: maskOf(wiring.sensory_adjacency_matrix) });
  const config = {
    cell: 'ltc',
    input_size: 2,
    units: 4,
    state_size: 4,
    cell_output_size: 2,
    output_size: 2,
    ltc: {
      ode_unfolds: 6,
      epsilon: 1e-8,
      input_mapping: 'affine',
      output_mapping: 'linear',
      implicit_param_constraints: true,
    },
    wiring,
  };
  return sourceOf(config, tensors);
}

export function gruSource(): ReferenceSource {
  const tensors = tensorsOf({ weight_ih_l0: [9, 2], weight_hh_l0: [9, 3], bias_ih_l0: [9], bias_hh_l0: [9] });
  const sizes = { input_size: 2, units: 3, state_size: 3, cell_output_size: 3, output_size: 3 };
  return sourceOf({ cell: 'gru', ...sizes }, tensors);
}
