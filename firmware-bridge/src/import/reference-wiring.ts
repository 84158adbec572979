import { LlnError, type NetworkSummary } from '@liquid-lln/protocol';
import type { ReferenceConfig, ReferenceWiring } from './reference-config.js';

/** Checks that a wiring is one: its layers share out the neurons, its matrices have the network's sizes. */
export function checkWiring(wiring: ReferenceWiring, config: ReferenceConfig): void {
  const { units, input_size: inputs } = config;
  requireThat(wiring.input_dim === inputs, 'wiring.input_dim must be input_size');
  const order = wiring.layers.flat().sort((a, b) => a - b);
  requireThat(isEqual(order, countTo(units)), 'wiring.layers must hold every neuron once');
  requireThat(wiring.layer_names.length === wiring.layers.length, 'wiring.layer_names must name every layer');
  requireShape(wiring.adjacency_matrix, units, units, 'wiring.adjacency_matrix');
  requireShape(wiring.sensory_adjacency_matrix, inputs, units, 'wiring.sensory_adjacency_matrix');
  const isLtc = config.cell === 'ltc';
  const state = isLtc ? countTo(units) : wiring.layers.flat();
  requireThat(isEqual(wiring.state_neurons, state), 'wiring.state_neurons is not the order of this cell');
  const outputs = isLtc ? countTo(config.cell_output_size) : (wiring.layers.at(-1) ?? []);
  requireThat(isEqual(wiring.output_neurons, outputs), 'wiring.output_neurons does not fit the cell');
}

/** The mask of one layer of a wired CfC, `[neurons of the layer][neurons before, then the layer itself]`. */
export function layerMask(wiring: ReferenceWiring, layer: number): Uint8Array {
  const neurons = wiring.layers[layer] ?? [];
  const before = layer === 0 ? wiring.sensory_adjacency_matrix : (wiring.layers[layer - 1] ?? []).map(rowOf(wiring));
  return Uint8Array.from(
    neurons.flatMap((neuron) => [...before.map((row) => Math.abs(row[neuron] ?? 0)), ...neurons.map(() => 1)]),
  );
}

/** Which synapses a matrix `[from][to]` has. */
export function synapseMask(matrix: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(matrix.flat(), Math.abs);
}

export function requireSameMask(mask: Uint8Array, expected: Uint8Array, what: string): void {
  requireThat(isEqual(mask, expected), `the mask ${what} is not the one of the wiring`);
}

export function summarizeWiring(wiring: ReferenceWiring): NonNullable<NetworkSummary['wiring']> {
  const synapses = [...wiring.adjacency_matrix, ...wiring.sensory_adjacency_matrix].flat().filter((sign) => sign !== 0);
  return { kind: wiring.type, layers: wiring.layers.map((layer) => layer.length), synapses: synapses.length };
}

/** @throws LlnError NETWORK_UNSUPPORTED */
export function requireThat(isTrue: boolean, otherwise: string): asserts isTrue {
  if (!isTrue) throw new LlnError('NETWORK_UNSUPPORTED', `the network's description is not usable: ${otherwise}`);
}

function rowOf(wiring: ReferenceWiring): (neuron: number) => readonly number[] {
  return (neuron) => wiring.adjacency_matrix[neuron] ?? [];
}

function requireShape(matrix: readonly (readonly number[])[], rows: number, columns: number, what: string): void {
  const isRight = matrix.length === rows && matrix.every((row) => row.length === columns);
  requireThat(isRight, `${what} must have ${rows} rows of ${columns}`);
}

function countTo(end: number): number[] {
  return Array.from({ length: end }, (_, i) => i);
}

function isEqual(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((value, i) => value === b[i]);
}
