/**
 * A network that the kernel has opened: immutable weights, any number of states beside them. Calls are synchronous and
 * allocate nothing; buffers belong to the caller.
 */
export interface KernelNetwork {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Units of the cell: float32 values of the recurrent state, in the order of docs/spec/network-image.md, section 5. */
  readonly units: number;
  /** Whether an LSTM memory of `units` values belongs to the state. */
  readonly hasMemory: boolean;
  /** The kernel's own bound on the work of one step, in multiply-accumulates. */
  readonly macsPerStep: number;
  /** A fresh initial state (all zero). */
  createState(): KernelState;
  /**
   * Advances `state` by one time step.
   * @param input `inputSize` values, finite.
   * @param timeStep of zero or more, finite, in the unit that the network was trained with. An LTC takes 0 as "no time passes".
   * @param output receives `outputSize` values; NaN is always 0x7FC00000.
   * @throws LlnError INPUT_INVALID, KERNEL_FAILED
   */
  step(state: KernelState, input: Float32Array, timeStep: number, output: Float32Array): void;
  /**
   * Advances `state` by `timeSteps.length` steps in one call.
   * @param inputs steps x `inputSize`; @param outputs receives steps x `outputSize`.
   */
  stepSequence(state: KernelState, inputs: Float32Array, timeSteps: Float32Array, outputs: Float32Array): void;
  /** Gives the weights back. The network and its states must not be used any more. */
  close(): void;
}

/** What a network remembers between steps. Made by `createState`; plain memory, so it can be copied and compared. */
export interface KernelState {
  /** `units` values; then, with memory, `units` more. */
  readonly values: Float32Array;
  reset(): void;
}
