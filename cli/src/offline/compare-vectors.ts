import type { KernelNetwork, ReferenceVectors } from '@liquid-lln/firmware-bridge';
import { LlnError } from '@liquid-lln/protocol';
import { runSequence, type SequenceResult } from './run-network.js';

/** How a network's results compare with the reference's float64 results. */
export interface VectorsComparison extends SequenceResult {
  readonly name: string;
  /** Over outputs, final state and final memory; null if something is not a number. */
  readonly maxAbsError: number | null;
  readonly tolerance: number;
  readonly pass: boolean;
}

/** Runs a vectors file from the initial state that it names, and compares every element. */
export function compareVectors(network: KernelNetwork, vectors: ReferenceVectors): VectorsComparison {
  const result = runSequence(network, vectors);
  const error = Math.max(
    largestDifference('outputs', result.outputs.flat(), vectors.outputs.flat()),
    largestDifference('final state', result.stateFinal, vectors.stateFinal),
    largestDifference('final memory', result.memoryFinal ?? [], vectors.memoryFinal ?? []),
  );
  const { name, tolerance } = vectors;
  return { name, ...result, maxAbsError: Number.isFinite(error) ? error : null, tolerance, pass: error <= tolerance };
}

function largestDifference(what: string, actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length)
    throw new LlnError(
      'INPUT_INVALID',
      `the vectors' ${what}: ${expected.length} values, the network has ${actual.length}`,
    );
  return actual.reduce(
    (largest, value, index) => Math.max(largest, Math.abs(value - (expected[index] ?? Number.NaN))),
    0,
  );
}
