import { LlnError } from '@liquid-lln/protocol';
import type { Handle, KernelLibrary } from './library.js';
import type { KernelBatch, KernelNetwork, KernelState } from './network.js';
import { errorOfStatus } from './status.js';

/** A network behind a handle of the shared library. Nothing is allocated on the way through `step`. */
class NativeNetwork implements KernelNetwork {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly units: number;
  readonly hasMemory: boolean;
  readonly scratchBytes: number;
  readonly macsPerStep: number;
  readonly #library: KernelLibrary;
  readonly #stateFloats: number;
  #handle: Handle | null;

  constructor(library: KernelLibrary, handle: Handle) {
    this.#library = library;
    this.#handle = handle;
    this.#stateFloats = library.stateFloats(handle);
    this.inputSize = library.inputSize(handle);
    this.outputSize = library.outputSize(handle);
    this.units = library.units(handle);
    this.hasMemory = this.#stateFloats > this.units;
    this.scratchBytes = library.scratchBytes(handle);
    this.macsPerStep = library.macsPerStep(handle);
  }

  createState(): KernelState {
    return stateOf(new Float32Array(this.#stateFloats));
  }

  createBatch(count: number): KernelBatch {
    const size = this.#stateFloats;
    const values = new Float32Array(count * size);
    const sessions = Array.from({ length: count }, (_, i) => stateOf(values.subarray(i * size, (i + 1) * size)));
    return { values, sessions };
  }

  step(state: KernelState, input: Float32Array, timeStep: number, output: Float32Array): void {
    const handle = this.#requireOpen();
    this.#requireSizes(state.values, input, output, 1);
    const status = this.#library.step(handle, state.values, input, timeStep, output);
    if (status !== 0) throw this.#explain(status, input, Float32Array.of(timeStep));
  }

  stepSequence(state: KernelState, inputs: Float32Array, timeSteps: Float32Array, outputs: Float32Array): void {
    const handle = this.#requireOpen();
    const steps = timeSteps.length;
    this.#requireSizes(state.values, inputs, outputs, steps);
    if (steps === 0) return;
    const status = this.#library.sequence(handle, state.values, steps, inputs, timeSteps, outputs);
    if (status !== 0) throw this.#explain(status, inputs, timeSteps);
  }

  stepBatch(batch: KernelBatch, inputs: Float32Array, timeSteps: Float32Array, outputs: Float32Array): void {
    const handle = this.#requireOpen();
    const sessions = batch.sessions.length;
    requireLength('the time step', timeSteps.length, sessions);
    this.#requireSizes(batch.values, inputs, outputs, sessions, sessions);
    if (sessions === 0) return;
    const status = this.#library.stepBatch(handle, sessions, batch.values, inputs, timeSteps, outputs);
    if (status !== 0) throw this.#explain(status, inputs, timeSteps);
  }

  close(): void {
    if (this.#handle === null) return;
    this.#library.close(this.#handle);
    this.#handle = null;
  }

  #requireOpen(): Handle {
    if (this.#handle === null) throw new LlnError('KERNEL_FAILED', 'the network was closed');
    return this.#handle;
  }

  /** The kernel cannot see how long an array is: what it would read or write must be there. */
  #requireSizes(state: Float32Array, inputs: Float32Array, outputs: Float32Array, rows: number, sessions = 1): void {
    requireLength('the state', state.length, sessions * this.#stateFloats);
    requireLength('the input', inputs.length, rows * this.inputSize);
    requireLength('the output', outputs.length, rows * this.outputSize);
  }

  /** Names the element that the kernel refused; it had written nothing. */
  #explain(status: number, inputs: Float32Array, timeSteps: Float32Array): LlnError {
    const element = inputs.findIndex((value) => !Number.isFinite(value));
    if (element >= 0) return notFinite(Math.floor(element / this.inputSize), element % this.inputSize, inputs[element]);
    const step = timeSteps.findIndex((value) => !(value >= 0 && Number.isFinite(value)));
    if (step >= 0) return badTimeStep(step, timeSteps[step]);
    return errorOfStatus(status, this.#library.statusName(status));
  }
}

/** Copies an image into the kernel's memory, checks it there, and opens it. @throws LlnError */
export function openNetwork(library: KernelLibrary, image: Uint8Array, variant: number): KernelNetwork {
  const status = new Int32Array(1);
  const handle = library.open(image, image.length, variant, status);
  if (handle !== null) return new NativeNetwork(library, handle);
  const code = status[0] ?? 0;
  throw errorOfStatus(code, library.statusName(code));
}

function stateOf(values: Float32Array): KernelState {
  return { values, reset: () => void values.fill(0) };
}

function requireLength(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new LlnError('INPUT_INVALID', `${what} has ${actual} values instead of ${expected}`);
}

function notFinite(step: number, index: number, value = Number.NaN): LlnError {
  return new LlnError('INPUT_INVALID', `input ${index} of step ${step} is ${value}, not a finite number`, {
    step,
    index,
  });
}

function badTimeStep(step: number, value = Number.NaN): LlnError {
  return new LlnError('INPUT_INVALID', `the time step ${step} is ${value}, not a finite number of zero or more`, {
    step,
  });
}
