import { checkGoldenVectors, computeGoldenVector, type Kernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage, type DenseLayer, type NetworkDescription } from '@liquid-lln/protocol';

const units = 2;
const inputSize = 1;

/**
 * Builds a tiny network in memory, runs it, and checks that the kernel repeats its own bits and moves at all.
 * @throws LlnError if it does not.
 */
export function selfTest(kernel: Kernel): void {
  const network = kernel.open(buildNetworkImage(tinyNetwork(), { defaultTimeStep: 1 }));
  try {
    const vector = computeGoldenVector(network, Float32Array.of(0.5, -1, 2), Float32Array.of(1, 0.5, 2));
    checkGoldenVectors(network, [vector]);
  } finally {
    network.close();
  }
}

/** A CfC of two units whose every weight is written here. */
function tinyNetwork(): NetworkDescription {
  const heads = { ff1: dense(0.5), ff2: dense(-0.25), timeA: dense(0.125), timeB: dense(0.75) };
  return {
    inputSize,
    units,
    outputSize: units,
    normalisation: null,
    memory: null,
    cell: { kind: 'cfc', backbone: [], activation: 'tanh', heads: { mode: 'default', ...heads } },
    readout: null,
  };
}

function dense(weight: number): DenseLayer {
  const inputs = inputSize + units;
  return {
    outputs: units,
    inputs,
    weight: new Float32Array(units * inputs).fill(weight),
    bias: new Float32Array(units),
    mask: null,
  };
}
