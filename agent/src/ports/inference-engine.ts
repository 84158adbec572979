import type { LiquidPackage } from '@liquid-lln/protocol';
import type { EngineCondition } from '../domain/trial-policy.js';

/** What a network remembers between steps. Belongs to the model that made it. */
export interface ModelState {
  /** Back to the initial state. */
  reset(): void;
  /** The values as the kernel has them; null before the first step where only the board knows them. */
  readonly values: Float32Array | null;
}

/** A package that an engine has opened. */
export interface LoadedModel {
  readonly package: LiquidPackage;
  createState(): ModelState;
  /**
   * Advances `state` by `timeSteps.length` steps; calls on one state must follow each other. A call that fails leaves
   * the state as it was, or fails for good.
   * @param inputs steps x input size; @param outputs receives steps x output size.
   * @returns microseconds that the engine took.
   * @throws LlnError BOARD_UNREACHABLE if what runs the network does not answer: then it says nothing about the model.
   */
  run(state: ModelState, inputs: Float32Array, timeSteps: Float32Array, outputs: Float32Array): Promise<number>;
  /** Gives the memory back. Nobody uses the model or its states any more. */
  close(): void;
}

/** Whatever runs networks: the gateway's own kernel, or a board. */
export interface InferenceEngine {
  /** Checks a package file (digest, signature, kernel version) and opens it. Needs no board. @throws LlnError */
  load(file: Uint8Array): LoadedModel;
}

/**
 * What has to happen beside the record before a package runs: nothing for the gateway's own kernel, which runs what it
 * has open; an upload, a restart or a confirmation for a board.
 */
export interface EngineActivation {
  /** Makes what runs agree with the record, as far as that can be had now; the rest is tried again. Never rejects. */
  align(): Promise<void>;
  readonly condition: EngineCondition;
}
