import { type GoldenVector, LlnError } from '@liquid-lln/protocol';
import type { KernelNetwork } from './network.js';

/** Runs `inputs` (steps x input size) from the initial state and keeps the exact bits of what comes out. */
export function computeGoldenVector(
  network: KernelNetwork,
  inputs: Float32Array,
  timeSteps: Float32Array,
): GoldenVector {
  const { outputs, state } = run(network, inputs, timeSteps);
  return {
    steps: timeSteps.length,
    inputs: toBytes(inputs),
    timeSteps: toBytes(timeSteps),
    outputs: toBytes(outputs),
    stateFinal: toBytes(state),
  };
}

/**
 * Recomputes golden vectors and compares them bit for bit.
 * @throws LlnError GOLDEN_VECTORS_FAILED, naming the vector and the first value that differs.
 */
export function checkGoldenVectors(network: KernelNetwork, vectors: readonly GoldenVector[]): void {
  for (const [index, vector] of vectors.entries()) checkVector(network, vector, index);
}

function checkVector(network: KernelNetwork, vector: GoldenVector, index: number): void {
  requireBytes(index, 'inputs', vector.inputs, vector.steps * network.inputSize);
  requireBytes(index, 'time steps', vector.timeSteps, vector.steps);
  const { outputs, state } = run(network, toFloats(vector.inputs), toFloats(vector.timeSteps));
  const output = findDifference(index, 'outputs', outputs, vector.outputs);
  if (output !== null) {
    const place = `output ${output.at % network.outputSize} of step ${Math.floor(output.at / network.outputSize)}`;
    throw difference(index, place, output);
  }
  const final = findDifference(index, 'final state', state, vector.stateFinal);
  if (final !== null) throw difference(index, `value ${final.at} of the final state`, final);
}

function run(network: KernelNetwork, inputs: Float32Array, timeSteps: Float32Array) {
  const state = network.createState();
  const outputs = new Float32Array(timeSteps.length * network.outputSize);
  network.stepSequence(state, inputs, timeSteps, outputs);
  return { outputs, state: state.values };
}

interface Difference {
  readonly at: number;
  readonly expected: number;
  readonly actual: number;
}

/** The first place where the bits differ. */
function findDifference(index: number, what: string, values: Float32Array, expected: Uint8Array): Difference | null {
  requireBytes(index, what, expected, values.length);
  const actual = viewOf(toBytes(values));
  const wanted = viewOf(expected);
  for (let at = 0; at < values.length; at++) {
    const bits = { at, expected: wanted.getUint32(at * 4, true), actual: actual.getUint32(at * 4, true) };
    if (bits.expected !== bits.actual) return bits;
  }
  return null;
}

function difference(vector: number, place: string, { expected, actual }: Difference): LlnError {
  return new LlnError(
    'GOLDEN_VECTORS_FAILED',
    `golden vector ${vector}: ${place} has the bits ${hex(actual)} instead of ${hex(expected)}`,
    { vector, place, expected: hex(expected), actual: hex(actual) },
  );
}

function requireBytes(vector: number, what: string, bytes: Uint8Array, floats: number): void {
  if (bytes.length === floats * 4) return;
  const message = `golden vector ${vector}: its ${what} take ${bytes.length} bytes instead of ${floats * 4}`;
  throw new LlnError('GOLDEN_VECTORS_FAILED', message, { vector });
}

function hex(bits: number): string {
  return `0x${bits.toString(16).padStart(8, '0')}`;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function toBytes(values: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * 4);
  const view = viewOf(bytes);
  for (const [i, value] of values.entries()) view.setFloat32(i * 4, value, true);
  return bytes;
}

function toFloats(bytes: Uint8Array): Float32Array {
  const view = viewOf(bytes);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}
