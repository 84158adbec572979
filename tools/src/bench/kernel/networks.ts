import {
  type CfcHeads,
  type DenseLayer,
  type NetworkDescription,
  type Random,
  seededRandom,
} from '@liquid-lln/protocol';

/** Sizes of a CfC with a backbone of one layer. */
export interface CfcSizes {
  readonly inputs: number;
  readonly units: number;
  readonly backbone: number;
}

/** A CfC as a training starts with it: the same sizes and seed give the same weights. */
export function randomCfc({ inputs, units, backbone }: CfcSizes, seed: number): NetworkDescription {
  const random = seededRandom(seed);
  const layer = randomLayer(random, backbone, inputs + units);
  const head = () => randomLayer(random, units, backbone);
  return {
    inputSize: inputs,
    units,
    outputSize: units,
    normalisation: null,
    memory: null,
    cell: {
      kind: 'cfc',
      backbone: [layer],
      activation: 'lecun_tanh',
      heads: { mode: 'default', ff1: head(), ff2: head(), timeA: head(), timeB: head() },
    },
    readout: null,
  };
}

/** The same number of units without a wiring: every unit hears every input and every unit. */
export function withoutWiring(network: NetworkDescription, seed: number): NetworkDescription {
  const random = seededRandom(seed);
  const { cell, inputSize, units } = network;
  if (cell.kind === 'ltc') {
    const all = (mask: Uint8Array) => mask.map(() => 1);
    const sensory = { ...cell.sensory, mask: all(cell.sensory.mask) };
    return { ...network, cell: { ...cell, sensory, recurrent: { ...cell.recurrent, mask: all(cell.recurrent.mask) } } };
  }
  const layer = (): DenseLayer => randomLayer(random, units, inputSize + units);
  const heads: CfcHeads = { mode: 'default', ff1: layer(), ff2: layer(), timeA: layer(), timeB: layer() };
  const readout = network.readout === null ? null : randomLayer(random, network.readout.outputs, units);
  return { ...network, cell: { kind: 'wired-cfc', layers: [heads] }, readout };
}

/** Uniform within the bound that keeps sums of `inputs` terms near 1. */
export function randomLayer(random: Random, outputs: number, inputs: number): DenseLayer {
  const bound = Math.sqrt(3 / inputs);
  const values = (count: number) => Float32Array.from({ length: count }, () => (2 * random() - 1) * bound);
  return { outputs, inputs, weight: values(outputs * inputs), bias: values(outputs), mask: null };
}
