import { LlnError } from '@liquid-lln/protocol';

/** A float32 tensor, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export type Tensors = ReadonlyMap<string, Tensor>;

/** Reads a safetensors file. @throws LlnError SAFETENSORS_INVALID */
export function parseSafetensors(file: Uint8Array): Tensors {
  throw new LlnError('SAFETENSORS_INVALID', `${file.length} bytes`);
}
