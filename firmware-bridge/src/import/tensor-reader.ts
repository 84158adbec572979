import { type DenseLayer, LlnError } from '@liquid-lln/protocol';
import type { Tensor, Tensors } from './safetensors.js';

/** Takes tensors by name and shape, and tells in the end which ones nobody wanted. */
export interface TensorReader {
  /** The values of a tensor of exactly this shape. */
  take(name: string, ...shape: readonly number[]): Float32Array;
  /** A tensor of 0 and 1 only. */
  takeMask(name: string, ...shape: readonly number[]): Uint8Array;
  /** `name.weight` and `name.bias`, without a mask. */
  takeDense(name: string, outputs: number, inputs: number): DenseLayer;
  /** Refuses tensors that were not taken: the description then left something out. */
  requireAllTaken(): void;
}

export function createTensorReader(tensors: Tensors): TensorReader {
  const taken = new Set<string>();
  const find = (name: string): Tensor => {
    const tensor = tensors.get(name);
    if (tensor === undefined) fail(`there is no tensor ${name}`);
    taken.add(name);
    return tensor;
  };
  const take = (name: string, ...shape: readonly number[]): Float32Array => {
    const tensor = find(name);
    const isRight = tensor.shape.length === shape.length && tensor.shape.every((length, i) => length === shape[i]);
    if (!isRight) fail(`tensor ${name} has the shape [${tensor.shape}] instead of [${shape}]`);
    return tensor.values;
  };
  return {
    take,
    takeMask: (name, ...shape) => maskOf(name, take(name, ...shape)),
    takeDense: (name, outputs, inputs) => ({
      outputs,
      inputs,
      weight: take(`${name}.weight`, outputs, inputs),
      bias: take(`${name}.bias`, outputs),
      mask: null,
    }),
    requireAllTaken: () => {
      const left = [...tensors.keys()].filter((name) => !taken.has(name));
      if (left.length > 0) fail(`the network has no place for the tensor ${left[0]}`);
    },
  };
}

function maskOf(name: string, values: Float32Array): Uint8Array {
  const faulty = values.find((value) => value !== 0 && value !== 1);
  if (faulty !== undefined) fail(`the mask ${name} has the value ${faulty}; only 0 and 1 are known`);
  return Uint8Array.from(values);
}

function fail(what: string): never {
  throw new LlnError('SAFETENSORS_INVALID', `the weights do not fit their description: ${what}`);
}
