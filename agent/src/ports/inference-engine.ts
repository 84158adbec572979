import type { DeviceKind, LiquidPackage } from '@liquid-lln/protocol';

/** What a network remembers between steps. Belongs to the model that made it. */
export interface ModelState {
  /** Back to the initial state. */
  reset(): void;
}

/** A package that an engine has opened. */
export interface LoadedModel {
  readonly package: LiquidPackage;
  createState(): ModelState;
  /**
   * Advances `state` by `timeSteps.length` steps; calls on one state must follow each other.
   * @param inputs steps x input size; @param outputs receives steps x output size.
   * @returns microseconds that the engine took.
   */
  run(state: ModelState, inputs: Float32Array, timeSteps: Float32Array, outputs: Float32Array): Promise<number>;
  /** Gives the memory back. Nobody uses the model or its states any more. */
  close(): void;
}

/** Whatever runs networks: the gateway's own kernel, or a board. */
export interface InferenceEngine {
  readonly kind: DeviceKind;
  /** Checks a package file (digest, signature, kernel version) and opens it. @throws LlnError */
  load(file: Uint8Array): LoadedModel;
}
