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
  /** Bytes of scratch memory that one step needs, on a board too. */
  readonly scratchBytes: number;
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
  /** Fresh initial states for `count` sessions in one array, for `stepBatch`. */
  createBatch(count: number): KernelBatch;
  /**
   * Advances every session of `batch` by one time step, with the bits that `step` would give each of them. The weights
   * are read once for several sessions: far faster than one by one.
   * @param inputs sessions x `inputSize`; @param timeSteps one for each session; @param outputs receives sessions x
   * `outputSize`.
   */
  stepBatch(batch: KernelBatch, inputs: Float32Array, timeSteps: Float32Array, outputs: Float32Array): void;
  /** Gives the weights back. The network and its states must not be used any more. */
  close(): void;
}

/** What a network remembers between steps. Made by `createState`; plain memory, so it can be copied and compared. */
export interface KernelState {
  /** `units` values; then, with memory, `units` more. */
  readonly values: Float32Array;
  reset(): void;
}

/** The states of independent sessions. Made by `createBatch`. */
export interface KernelBatch {
  /** All states, one behind the other. */
  readonly values: Float32Array;
  /** Each state for itself, on the memory of `values`: a session may also be stepped alone. */
  readonly sessions: readonly KernelState[];
}
