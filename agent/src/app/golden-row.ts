import type { GoldenVector } from '@liquid-lln/protocol';
import type { LoadedModel, ModelState } from '../ports/inference-engine.js';

/** One step of a golden vector, and the state from which it goes on. */
export interface GoldenStep {
  readonly state: ModelState;
  readonly inputs: Float32Array;
  readonly timeSteps: Float32Array;
}

/** The golden vectors of a package as an endless row of single steps, in a state of their own. */
export class GoldenRow {
  readonly model: LoadedModel;
  readonly #state: ModelState;
  #vector = 0;
  #step = 0;

  constructor(model: LoadedModel) {
    this.model = model;
    this.#state = model.createState();
  }

  /** The next step; null of a package without golden vectors. Each is to be run before the next one is asked for. */
  next(): GoldenStep | null {
    const { goldenVectors, network } = this.model.package.manifest;
    const vector = goldenVectors[this.#vector % goldenVectors.length];
    if (vector === undefined) return null;
    if (this.#step === 0) this.#state.reset();
    const step = { state: this.#state, ...stepOf(vector, this.#step, network.inputSize) };
    this.#step += 1;
    if (this.#step === vector.steps) {
      this.#step = 0;
      this.#vector += 1;
    }
    return step;
  }
}

function stepOf(vector: GoldenVector, step: number, inputSize: number) {
  return {
    inputs: readFloats(vector.inputs, step * inputSize, inputSize),
    timeSteps: readFloats(vector.timeSteps, step, 1),
  };
}

/** Little-endian float32 values of a golden vector, as numbers. */
export function readFloats(bytes: Uint8Array, first: number, length: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length }, (_, index) => view.getFloat32((first + index) * 4, true));
}
