import { makeOutputProfile, type OutputProfile, type Random, seededRandom } from '@liquid-lln/protocol';
import { normal } from './draws.js';

/** Inputs that wander, and what a network makes of them. */
export class OutputModel {
  readonly inputs = new Float32Array(1);
  readonly outputs = new Float32Array(2);
  #level: number;

  constructor(random: Random) {
    this.#level = normal(random);
  }

  /** The next step, in `inputs` and `outputs`. */
  step(random: Random): void {
    this.#level = 0.95 * this.#level + Math.sqrt(1 - 0.95 ** 2) * normal(random);
    this.inputs[0] = this.#level;
    this.outputs[0] = Math.tanh(1.5 * this.#level);
    this.outputs[1] = Math.tanh(0.5 - this.#level);
  }
}

export const outputRange: [number, number] = [-1, 1];
export const outputSizes = { inputSize: 1, outputSize: 2 };

const validationSteps = 8_192;

/** The profile that `pack` makes of a validation run of the same model. */
export function validationProfile(): OutputProfile {
  const random = seededRandom(1);
  const model = new OutputModel(random);
  const inputs = new Float32Array(validationSteps);
  const outputs = new Float32Array(2 * validationSteps);
  for (let step = 0; step < validationSteps; step += 1) {
    model.step(random);
    inputs.set(model.inputs, step);
    outputs.set(model.outputs, step * 2);
  }
  return makeOutputProfile({ inputs, outputs, ...outputSizes, range: outputRange });
}
