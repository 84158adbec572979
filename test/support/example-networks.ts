import type {
  Activation,
  AffineMap,
  CfcHeads,
  DenseLayer,
  LtcCell,
  LtcSynapses,
  MixedMemory,
  NetworkDescription,
} from '@liquid-lln/protocol';

/** A small network with made-up weights. */
export interface ExampleNetwork {
  readonly name: string;
  readonly network: NetworkDescription;
}

/** Numbers between -1 and 1, the same ones every time. */
type Source = () => number;

/** One network for every cell, mode, activation and option that an image can hold. */
export function exampleNetworks(): ExampleNetwork[] {
  const random = sourceOf(20_240_229);
  const plain = { memory: null, readout: null, normalisation: null } as const;
  const activations: readonly Activation[] = ['lecun_tanh', 'tanh', 'relu', 'silu', 'gelu'];
  const cfcs = activations.map((activation, i) => ({
    name: `cfc-${activation}`,
    network: { ...plain, inputSize: 3, units: 9, outputSize: 9, cell: cfc(random, 3, 9, (i % 3) + 1, activation) },
  }));
  return [
    ...cfcs,
    { name: 'cfc-pure-memory', network: { ...plain, ...cfcPureWithMemory(random) } },
    { name: 'cfc-wired', network: { ...plain, ...wiredCfc(random, 'no_gate') } },
    { name: 'cfc-wired-pure', network: { ...plain, ...wiredCfc(random, 'pure') } },
    { name: 'ltc-mapped', network: { ...plain, ...ltc(random, true), readout: dense(random, 2, 3) } },
    { name: 'ltc-plain-memory', network: { ...plain, ...ltc(random, false), memory: memory(random, 4, 11) } },
    { name: 'gru', network: gru(random) },
  ];
}

/** The example of this name. */
export function exampleNetwork(name: string): NetworkDescription {
  const found = exampleNetworks().find((example) => example.name === name);
  if (found === undefined) throw new Error(`there is no example network ${name}`);
  return found.network;
}

function sourceOf(seed: number): Source {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

function values(random: Source, count: number): Float32Array {
  return Float32Array.from({ length: count }, random);
}

function dense(random: Source, outputs: number, inputs: number): DenseLayer {
  return { outputs, inputs, weight: values(random, outputs * inputs), bias: values(random, outputs), mask: null };
}

/** About a third of the places are 1. */
function mask(random: Source, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => (random() > 0.33 ? 1 : 0));
}

function masked(random: Source, outputs: number, inputs: number, kept: Uint8Array): DenseLayer {
  return { ...dense(random, outputs, inputs), mask: kept };
}

function heads(random: Source, units: number, inputs: number, mode: 'default' | 'no_gate'): CfcHeads {
  const head = () => dense(random, units, inputs);
  return { mode, ff1: head(), ff2: head(), timeA: head(), timeB: head() };
}

function pureHeads(random: Source, ff1: DenseLayer): CfcHeads {
  return { mode: 'pure', ff1, amplitude: values(random, ff1.outputs), wTau: values(random, ff1.outputs) };
}

function cfc(random: Source, inputSize: number, units: number, layers: number, activation: Activation) {
  const width = 10;
  const backbone = Array.from({ length: layers }, (_, i) => dense(random, width, i === 0 ? inputSize + units : width));
  return { kind: 'cfc' as const, backbone, activation, heads: heads(random, units, width, 'default') };
}

function memory(random: Source, inputSize: number, units: number): MixedMemory {
  return { inputMap: dense(random, 4 * units, inputSize), recurrentWeight: values(random, 4 * units * units) };
}

function cfcPureWithMemory(random: Source) {
  const cell = {
    kind: 'cfc' as const,
    backbone: [],
    activation: 'tanh' as const,
    heads: pureHeads(random, dense(random, 5, 7)),
  };
  return { inputSize: 2, units: 5, outputSize: 5, cell, memory: memory(random, 2, 5) };
}

function wiredCfc(random: Source, mode: 'no_gate' | 'pure') {
  const sizes = [9, 6, 3];
  const layers = sizes.map((units, i) => {
    const inputs = (sizes[i - 1] ?? 4) + units;
    const kept = mask(random, units * inputs);
    const ff1 = masked(random, units, inputs, kept);
    if (mode === 'pure') return pureHeads(random, ff1);
    return { ...heads(random, units, inputs, 'no_gate'), ff1, ff2: masked(random, units, inputs, kept) };
  });
  return { inputSize: 4, units: 18, outputSize: 3, cell: { kind: 'wired-cfc' as const, layers } };
}

function synapses(random: Source, from: number, units: number): LtcSynapses {
  const matrix = () => values(random, from * units);
  return {
    from,
    weight: matrix(),
    sigma: matrix().map((value) => 4 + value),
    mu: matrix(),
    reversal: matrix(),
    mask: mask(random, from * units),
  };
}

function ltc(random: Source, isMapped: boolean) {
  const [inputSize, units, cellOutputSize] = [4, 11, 3];
  const map = (size: number): AffineMap => ({ scale: values(random, size), shift: values(random, size) });
  const cell: LtcCell = {
    kind: 'ltc',
    unfolds: 6,
    epsilon: 1e-8,
    isSoftplus: true,
    sensory: synapses(random, inputSize, units),
    recurrent: synapses(random, units, units),
    leakConductance: values(random, units),
    leakPotential: values(random, units),
    capacitance: values(random, units),
    inputMapping: isMapped ? map(inputSize) : null,
    outputMapping: isMapped ? { scale: values(random, cellOutputSize), shift: null } : null,
    cellOutputSize,
  };
  return { inputSize, units, outputSize: isMapped ? 2 : cellOutputSize, cell };
}

function gru(random: Source): NetworkDescription {
  return {
    inputSize: 4,
    units: 12,
    outputSize: 2,
    normalisation: { mean: values(random, 4), std: Float32Array.of(1, 2, 3, 4) },
    memory: null,
    cell: { kind: 'gru', input: dense(random, 36, 4), recurrent: dense(random, 36, 12) },
    readout: dense(random, 2, 12),
  };
}
