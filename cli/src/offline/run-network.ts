import type { KernelNetwork } from '@liquid-lln/firmware-bridge';
import { LlnError, type Manifest } from '@liquid-lln/protocol';

/** Inputs of a sequence and the state that it begins in. */
export interface Sequence {
  readonly inputs: readonly (readonly number[])[];
  readonly timeSteps: readonly number[];
  /** The initial state where it is not zero. */
  readonly initialState?: readonly number[];
  /** The initial memory of an LSTM in front of the cell, where there is one. */
  readonly initialMemory?: readonly number[] | null;
}

/** What a network made of a sequence. */
export interface SequenceResult {
  readonly outputs: number[][];
  readonly stateFinal: number[];
  readonly memoryFinal: number[] | null;
}

/** Streams a sequence through the network. @throws LlnError INPUT_INVALID if its sizes are not the network's */
export function runSequence(network: KernelNetwork, sequence: Sequence): SequenceResult {
  checkSizes(network, sequence);
  const state = network.createState();
  state.values.set(sequence.initialState ?? []);
  if (network.hasMemory) state.values.set(sequence.initialMemory ?? [], network.units);
  const steps = sequence.inputs.length;
  const outputs = new Float32Array(steps * network.outputSize);
  network.stepSequence(state, flatten(sequence.inputs), Float32Array.from(sequence.timeSteps), outputs);
  return {
    outputs: rowsOf(outputs, network.outputSize),
    stateFinal: [...state.values.subarray(0, network.units)],
    memoryFinal: network.hasMemory ? [...state.values.subarray(network.units)] : null,
  };
}

/** The label that the outputs decide for: the largest logit, the first of equals; null where outputs are values. */
export function labelOf({ kind, labels }: Manifest['outputs'], output: readonly number[]): string | null {
  if (kind !== 'logits' || labels === null) return null;
  return labels[decisionOf(output)] ?? null;
}

/** The index of the largest output, the first of equals. */
export function decisionOf(output: readonly number[]): number {
  return output.reduce((best, value, index) => (value > (output[best] ?? Number.NaN) ? index : best), 0);
}

function checkSizes(network: KernelNetwork, sequence: Sequence): void {
  for (const [step, row] of sequence.inputs.entries()) checkLength(`step ${step + 1}`, row.length, network.inputSize);
  checkLength('the time steps', sequence.timeSteps.length, sequence.inputs.length);
  checkLength('the initial state', sequence.initialState?.length ?? network.units, network.units);
  const memory = sequence.initialMemory?.length ?? (network.hasMemory ? network.units : 0);
  checkLength('the initial memory', memory, network.hasMemory ? network.units : 0);
}

function checkLength(what: string, actual: number, expected: number): void {
  if (actual === expected) return;
  throw new LlnError('INPUT_INVALID', `${what}: ${actual} values, the network takes ${expected}`, { actual, expected });
}

function flatten(rows: readonly (readonly number[])[]): Float32Array {
  return Float32Array.from(rows.flat());
}

function rowsOf(values: Float32Array, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) => [
    ...values.subarray(row * width, (row + 1) * width),
  ]);
}
