import koffi from 'koffi';

/** A pointer of the library's; koffi gives them as BigInts, and NULL as null. */
export type Handle = bigint;

/** What liblln.so exports (kernel/host/ffi.h). */
export interface KernelLibrary {
  version(): string;
  abi(): number;
  /** The name of a build that this processor can run, best first; null after the last. */
  variant(index: number): string | null;
  statusName(status: number): string;
  open(image: Uint8Array, length: number, variant: number, status: Int32Array): Handle | null;
  close(handle: Handle): void;
  inputSize(handle: Handle): number;
  outputSize(handle: Handle): number;
  units(handle: Handle): number;
  stateFloats(handle: Handle): number;
  scratchBytes(handle: Handle): number;
  macsPerStep(handle: Handle): number;
  step(handle: Handle, state: Float32Array, input: Float32Array, timeStep: number, output: Float32Array): number;
  sequence(
    handle: Handle,
    state: Float32Array,
    steps: number,
    inputs: Float32Array,
    timeSteps: Float32Array,
    outputs: Float32Array,
  ): number;
  stepBatch(
    handle: Handle,
    sessions: number,
    states: Float32Array,
    inputs: Float32Array,
    timeSteps: Float32Array,
    outputs: Float32Array,
  ): number;
}

/** Loads the shared library at `path`. Throws koffi's error if it cannot, or if a function is missing. */
export function bindLibrary(path: string): KernelLibrary {
  const library = koffi.load(path);
  return {
    version: library.func('const char *lln_ffi_version(void)'),
    abi: library.func('int lln_ffi_abi(void)'),
    variant: library.func('const char *lln_ffi_variant(int index)'),
    statusName: library.func('const char *lln_ffi_status_name(int status)'),
    open: library.func('void *lln_ffi_open(const void *image, size_t length, int variant, int *status)'),
    close: library.func('void lln_ffi_close(void *handle)'),
    inputSize: library.func('uint32_t lln_ffi_input_size(void *handle)'),
    outputSize: library.func('uint32_t lln_ffi_output_size(void *handle)'),
    units: library.func('uint32_t lln_ffi_units(void *handle)'),
    stateFloats: library.func('uint32_t lln_ffi_state_floats(void *handle)'),
    scratchBytes: library.func('uint32_t lln_ffi_scratch_bytes(void *handle)'),
    macsPerStep: library.func('uint32_t lln_ffi_macs_per_step(void *handle)'),
    step: library.func('int lln_ffi_step(void *handle, float *state, float *input, float time_step, float *output)'),
    sequence: library.func(
      'int lln_ffi_sequence(void *handle, float *state, uint32_t steps, float *inputs, float *time_steps, float *outputs)',
    ),
    stepBatch: library.func(
      'int lln_ffi_step_batch(void *handle, uint32_t sessions, float *states, float *inputs, float *time_steps, float *outputs)',
    ),
  };
}
