import type {
  AffineMap,
  CfcCell,
  CfcHeads,
  DenseLayer,
  GruCell,
  LtcCell,
  LtcSynapses,
  MixedMemory,
  NetworkDescription,
  WiredCfcCell,
} from '@liquid-lln/protocol';
import type { ReferenceConfig, ReferenceConfigOf, ReferenceWiring } from './reference-config.js';
import { layerMask, requireSameMask, requireThat, synapseMask } from './reference-wiring.js';
import type { TensorReader } from './tensor-reader.js';

type CfcConfig = ReferenceConfigOf<'cfc'>;
type LtcConfig = ReferenceConfigOf<'ltc'>;

export function readCell(config: ReferenceConfig, tensors: TensorReader): NetworkDescription['cell'] {
  switch (config.cell) {
    case 'cfc':
      return config.wiring === null ? readCfc(config, tensors) : readWiredCfc(config, config.wiring, tensors);
    case 'ltc':
      return readLtc(config, tensors);
    case 'gru':
      return readGru(config, tensors);
  }
}

/** The LSTM in front of the cell. */
export function readMemory(config: ReferenceConfig, tensors: TensorReader): MixedMemory | null {
  if (!config.mixed_memory) return null;
  const { units, tensor_prefix: prefix } = config;
  return {
    inputMap: tensors.takeDense(`${prefix}lstm.input_map`, 4 * units, config.input_size),
    recurrentWeight: tensors.take(`${prefix}lstm.recurrent_map.weight`, 4 * units, units),
  };
}

export function readReadout(config: ReferenceConfig, tensors: TensorReader): DenseLayer | null {
  const { readout } = config;
  if (readout === null) return null;
  return {
    outputs: readout.size,
    inputs: config.cell_output_size,
    weight: tensors.take(readout.weight, readout.size, config.cell_output_size),
    bias: tensors.take(readout.bias, readout.size),
    mask: null,
  };
}

function readCfc(config: CfcConfig, tensors: TensorReader): CfcCell {
  const { cfc, units } = config;
  requireThat(!cfc.wired, 'cfc.wired needs a wiring');
  requireThat(config.cell_output_size === units, 'the output of an unwired CfC is all of its units');
  requireThat(cfc.backbone_tensors.length === cfc.backbone_layers, 'cfc.backbone_tensors must name every layer');
  const prefix = `${config.tensor_prefix}rnn_cell.`;
  const widths = cfc.backbone_tensors.map(() => requireBackboneUnits(cfc.backbone_units));
  const inputs = [config.input_size + units, ...widths];
  const backbone = cfc.backbone_tensors.map((name, i) =>
    tensors.takeDense(prefix + name, widths[i] ?? 0, inputs[i] ?? 0),
  );
  requireThat(backbone.length === 0 || cfc.backbone_activation !== null, 'a backbone needs its activation');
  return {
    kind: 'cfc',
    backbone,
    activation: cfc.backbone_activation ?? 'tanh',
    heads: readHeads(tensors, prefix, cfc.mode, units, inputs.at(-1) ?? 0, null),
  };
}

function requireBackboneUnits(units: number | null): number {
  requireThat(units !== null, 'a backbone needs its units');
  return units;
}

function readWiredCfc(config: CfcConfig, wiring: ReferenceWiring, tensors: TensorReader): WiredCfcCell {
  const { cfc } = config;
  requireThat(cfc.wired, 'a CfC with a wiring must be wired');
  requireThat(cfc.backbone_layers === 0 && cfc.backbone_tensors.length === 0, 'a wired CfC has no backbone');
  const sizes = wiring.layers.map((layer) => layer.length);
  const layers = sizes.map((size, i) => {
    const prefix = `${config.tensor_prefix}rnn_cell.layer_${i}.`;
    const inputs = (sizes[i - 1] ?? config.input_size) + size;
    const mask = tensors.takeMask(`${prefix}sparsity_mask`, size, inputs);
    requireSameMask(mask, layerMask(wiring, i), `${prefix}sparsity_mask`);
    return readHeads(tensors, prefix, cfc.mode, size, inputs, mask);
  });
  return { kind: 'wired-cfc', layers };
}

/** The mask thins out ff1 and ff2 only: the time heads stay dense, as in the source. */
function readHeads(
  tensors: TensorReader,
  prefix: string,
  mode: CfcConfig['cfc']['mode'],
  units: number,
  inputs: number,
  mask: Uint8Array | null,
): CfcHeads {
  const head = (name: string) => tensors.takeDense(prefix + name, units, inputs);
  const ff1 = { ...head('ff1'), mask };
  if (mode === 'pure') {
    return {
      mode,
      ff1,
      amplitude: tensors.take(`${prefix}A`, 1, units),
      wTau: tensors.take(`${prefix}w_tau`, 1, units),
    };
  }
  return { mode, ff1, ff2: { ...head('ff2'), mask }, timeA: head('time_a'), timeB: head('time_b') };
}

function readLtc(config: LtcConfig, tensors: TensorReader): LtcCell {
  const { ltc, units, wiring } = config;
  const prefix = `${config.tensor_prefix}rnn_cell.`;
  const vector = (name: string) => tensors.take(prefix + name, units);
  return {
    kind: 'ltc',
    unfolds: ltc.ode_unfolds,
    epsilon: ltc.epsilon,
    isSoftplus: ltc.implicit_param_constraints,
    sensory: readSynapses(tensors, `${prefix}sensory_`, config.input_size, units, wiring.sensory_adjacency_matrix),
    recurrent: readSynapses(tensors, prefix, units, units, wiring.adjacency_matrix),
    leakConductance: vector('gleak'),
    leakPotential: vector('vleak'),
    capacitance: vector('cm'),
    inputMapping: readMap(tensors, `${prefix}input_`, ltc.input_mapping, config.input_size),
    outputMapping: readMap(tensors, `${prefix}output_`, ltc.output_mapping, config.cell_output_size),
    cellOutputSize: config.cell_output_size,
  };
}

function readSynapses(
  tensors: TensorReader,
  prefix: string,
  from: number,
  units: number,
  adjacency: readonly (readonly number[])[],
): LtcSynapses {
  const matrix = (name: string) => tensors.take(prefix + name, from, units);
  const mask = tensors.takeMask(`${prefix}sparsity_mask`, from, units);
  requireSameMask(mask, synapseMask(adjacency), `${prefix}sparsity_mask`);
  return {
    from,
    weight: matrix('w'),
    sigma: matrix('sigma'),
    mu: matrix('mu'),
    reversal: matrix('erev'),
    mask,
  };
}

function readMap(
  tensors: TensorReader,
  prefix: string,
  mapping: 'affine' | 'linear' | null,
  size: number,
): AffineMap | null {
  if (mapping === null) return null;
  const shift = mapping === 'affine' ? tensors.take(`${prefix}b`, size) : null;
  return { scale: tensors.take(`${prefix}w`, size), shift };
}

function readGru(config: ReferenceConfigOf<'gru'>, tensors: TensorReader): GruCell {
  const { units, tensor_prefix: prefix, input_size: inputSize } = config;
  requireThat(config.cell_output_size === units, 'the output of a GRU is all of its units');
  const layer = (suffix: string, inputs: number): DenseLayer => ({
    outputs: 3 * units,
    inputs,
    weight: tensors.take(`${prefix}weight_${suffix}_l0`, 3 * units, inputs),
    bias: tensors.take(`${prefix}bias_${suffix}_l0`, 3 * units),
    mask: null,
  });
  return { kind: 'gru', input: layer('ih', inputSize), recurrent: layer('hh', units) };
}
