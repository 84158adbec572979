import { type GoldenVector, LlnError } from '@liquid-lln/protocol';
import type { KernelNetwork } from './network.js';

/** Runs `inputs` (steps x input size) from the initial state and keeps the exact bits of what comes out. */
export function computeGoldenVector(
  network: KernelNetwork,
  inputs: Float32Array,
  timeSteps: Float32Array,
): GoldenVector {
  throw new LlnError('KERNEL_FAILED', `${network.units} ${inputs.length} ${timeSteps.length}`);
}

/** Recomputes golden vectors and compares bit for bit. @throws LlnError GOLDEN_VECTORS_FAILED */
export function checkGoldenVectors(network: KernelNetwork, vectors: readonly GoldenVector[]): void {
  throw new LlnError('GOLDEN_VECTORS_FAILED', `${network.units} ${vectors.length}`);
}
