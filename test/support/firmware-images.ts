import type { DenseLayer, NetworkDescription } from '@liquid-lln/protocol';

/** Weights that are small, not all alike, and the same every time. */
function dense(outputs: number, inputs: number): DenseLayer {
  const weight = Float32Array.from({ length: outputs * inputs }, (_, k) => (((k * 7919) % 201) - 100) / 3000);
  return { outputs, inputs, weight, bias: new Float32Array(outputs), mask: null };
}

/** A GRU of any size: the network whose image grows fastest with its units. */
export function denseGru(inputSize: number, units: number, outputSize: number): NetworkDescription {
  return {
    inputSize,
    units,
    outputSize,
    normalisation: null,
    memory: null,
    cell: { kind: 'gru', input: dense(3 * units, inputSize), recurrent: dense(3 * units, units) },
    readout: dense(outputSize, units),
  };
}
