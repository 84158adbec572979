import type { CfcCell, CfcHeads, DenseLayer, NetworkDescription, WiredCfcCell } from '@liquid-lln/protocol';
import type { CellInputs, CellOutputs } from './cell-step.js';
import { addLtcStep } from './ltc-graph.js';
import { type StepGraph, StepGraphBuilder, type TensorValue } from './step-graph.js';

/**
 * One step of `network` for `sessions` independent sessions, with the equations of docs/SPEC.md.
 * @throws Error for cells and options that no bench compares
 */
export function graphOf(network: NetworkDescription, sessions: number): StepGraph {
  if (network.memory !== null) throw new Error('no bench compares networks with a mixed memory');
  const builder = new StepGraphBuilder();
  const raw = builder.input('input', [sessions, network.inputSize]);
  const state = builder.input('state', [sessions, network.units]);
  const timeStep = builder.input('time_step', [sessions, 1]);
  const cell = addCell(builder, network, { input: normalize(builder, network, raw), state, timeStep });
  const output = network.readout === null ? cell.answer : addDense(builder, network.readout, cell.answer);
  return builder.finish(output, cell.nextState);
}

function addCell(builder: StepGraphBuilder, network: NetworkDescription, inputs: CellInputs): CellOutputs {
  const { cell } = network;
  switch (cell.kind) {
    case 'cfc':
      return addCfcStep(builder, cell, inputs);
    case 'wired-cfc':
      return addWiredCfcStep(builder, cell, inputs);
    case 'ltc':
      return addLtcStep(builder, cell, network.units, inputs);
    case 'gru':
      throw new Error('no bench compares GRUs');
  }
}

function normalize(builder: StepGraphBuilder, network: NetworkDescription, raw: TensorValue): TensorValue {
  const { normalisation, inputSize } = network;
  if (normalisation === null) return raw;
  const centred = builder.combine('Sub', raw, builder.constant(normalisation.mean, [1, inputSize]));
  return builder.combine('Div', centred, builder.constant(normalisation.std, [1, inputSize]));
}

function addCfcStep(builder: StepGraphBuilder, cell: CfcCell, { input, state, timeStep }: CellInputs): CellOutputs {
  if (cell.activation !== 'lecun_tanh') throw new Error(`no bench compares the activation ${cell.activation}`);
  let z = builder.concat(input, state);
  for (const layer of cell.backbone) {
    const scaled = builder.combine('Mul', addDense(builder, layer, z), builder.scalar(0.666));
    z = builder.combine('Mul', builder.apply('Tanh', scaled), builder.scalar(1.7159));
  }
  const next = addHeads(builder, cell.heads, z, timeStep);
  return { answer: next, nextState: next };
}

function addWiredCfcStep(builder: StepGraphBuilder, cell: WiredCfcCell, inputs: CellInputs): CellOutputs {
  const sizes = cell.layers.map((layer) => layer.ff1.outputs);
  const states = sizes.length === 1 ? [inputs.state] : builder.split(inputs.state, sizes);
  let feed = inputs.input;
  let nextState: TensorValue | null = null;
  for (const [i, heads] of cell.layers.entries()) {
    feed = addHeads(builder, heads, builder.concat(feed, states[i] ?? inputs.state), inputs.timeStep);
    nextState = nextState === null ? feed : builder.concat(nextState, feed);
  }
  return { answer: feed, nextState: nextState ?? feed };
}

/** tanh(f1) (1 - g) + g tanh(f2), g = sigmoid(a ts + b). The four layers are one product: that suits every runtime best. */
function addHeads(builder: StepGraphBuilder, heads: CfcHeads, z: TensorValue, timeStep: TensorValue): TensorValue {
  if (heads.mode !== 'default') throw new Error(`no bench compares the mode ${heads.mode}`);
  const units = heads.ff1.outputs;
  const stacked = addDense(builder, stack([heads.ff1, heads.ff2, heads.timeA, heads.timeB]), z);
  const [ff1, ff2, timeA, timeB] = builder.split(stacked, [units, units, units, units]);
  if (ff1 === undefined || ff2 === undefined || timeA === undefined || timeB === undefined) {
    throw new Error('a CfC has four heads');
  }
  const gate = builder.apply('Sigmoid', builder.combine('Add', builder.combine('Mul', timeA, timeStep), timeB));
  const left = builder.combine('Mul', builder.apply('Tanh', ff1), builder.combine('Sub', builder.scalar(1), gate));
  return builder.combine('Add', left, builder.combine('Mul', gate, builder.apply('Tanh', ff2)));
}

function addDense(builder: StepGraphBuilder, layer: DenseLayer, x: TensorValue): TensorValue {
  const { inputs, outputs } = layer;
  const weight = builder.constant(transposed(layer), [inputs, outputs]);
  return builder.gemm(x, weight, builder.constant(layer.bias, [outputs]));
}

/** The same as a single layer with the outputs of all. */
function stack(layers: readonly DenseLayer[]): DenseLayer {
  const kept = layers.map(maskedWeight);
  return {
    inputs: layers[0]?.inputs ?? 0,
    outputs: layers.reduce((sum, layer) => sum + layer.outputs, 0),
    weight: Float32Array.from(kept.flatMap((weight) => [...weight])),
    bias: Float32Array.from(layers.flatMap((layer) => [...layer.bias])),
    mask: null,
  };
}

function maskedWeight({ weight, mask }: DenseLayer): Float32Array {
  return mask === null ? weight : weight.map((value, i) => (mask[i] === 0 ? 0 : value));
}

/** As `[inputs][outputs]`. */
function transposed(layer: DenseLayer): Float32Array {
  const { inputs, outputs } = layer;
  const weight = maskedWeight(layer);
  return Float32Array.from(
    { length: weight.length },
    (_, i) => weight[(i % outputs) * inputs + Math.floor(i / outputs)] ?? 0,
  );
}
