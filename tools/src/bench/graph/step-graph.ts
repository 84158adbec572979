/** A tensor of a graph, by name. */
export interface TensorValue {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface TensorConstant extends TensorValue {
  readonly values: Float32Array;
}

interface Wires {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Operations by their ONNX names. `Gemm` is `a b + c` with `b` as `[inputs][outputs]`. */
export type StepNode = Wires &
  (
    | { readonly op: 'Gemm' | 'Add' | 'Sub' | 'Mul' | 'Div' | 'Tanh' | 'Sigmoid' }
    | { readonly op: 'Concat'; readonly axis: number }
    | { readonly op: 'Split'; readonly axis: number; readonly sizes: readonly number[] }
    | { readonly op: 'Reshape'; readonly shape: readonly number[] }
    /** Keeps the axis, with a length of 1. */
    | { readonly op: 'ReduceSum'; readonly axis: number }
  );

/**
 * One step of a network as operations on whole tensors, which is how general runtimes take it. Inputs are `input`
 * `[sessions][inputs]`, `state` `[sessions][units]` and `time_step` `[sessions][1]`.
 */
export interface StepGraph {
  readonly inputs: readonly TensorValue[];
  /** What the step answers; the same tensor as `nextState` where the state is the answer. */
  readonly output: TensorValue;
  readonly nextState: TensorValue;
  readonly constants: readonly TensorConstant[];
  readonly nodes: readonly StepNode[];
}

type Elementwise = 'Add' | 'Sub' | 'Mul' | 'Div';

/** Puts a graph together; values are named in the order in which they are made. */
export class StepGraphBuilder {
  readonly #inputs: TensorValue[] = [];
  readonly #constants: TensorConstant[] = [];
  readonly #nodes: StepNode[] = [];

  input(name: string, shape: readonly number[]): TensorValue {
    const value = { name, shape };
    this.#inputs.push(value);
    return value;
  }

  constant(values: Float32Array, shape: readonly number[]): TensorValue {
    const constant = { name: `c${this.#constants.length}`, shape, values };
    this.#constants.push(constant);
    return constant;
  }

  scalar(value: number): TensorValue {
    return this.constant(Float32Array.of(value), [1]);
  }

  gemm(a: TensorValue, b: TensorValue, bias: TensorValue): TensorValue {
    return this.#single([sizeAt(a, 0), sizeAt(b, 1)], (outputs) => ({
      op: 'Gemm',
      inputs: names(a, b, bias),
      outputs,
    }));
  }

  /** Of tensors of one rank; an axis of length 1, or a scalar constant, is repeated. */
  combine(op: Elementwise, a: TensorValue, b: TensorValue): TensorValue {
    const shape = (a.shape.length >= b.shape.length ? a : b).shape.map((_, axis) =>
      Math.max(a.shape[axis] ?? 1, b.shape[axis] ?? 1),
    );
    return this.#single(shape, (outputs) => ({ op, inputs: names(a, b), outputs }));
  }

  apply(op: 'Tanh' | 'Sigmoid', a: TensorValue): TensorValue {
    return this.#single(a.shape, (outputs) => ({ op, inputs: names(a), outputs }));
  }

  /** Side by side along the second axis. */
  concat(a: TensorValue, b: TensorValue): TensorValue {
    const shape = [sizeAt(a, 0), sizeAt(a, 1) + sizeAt(b, 1)];
    return this.#single(shape, (outputs) => ({ op: 'Concat', axis: 1, inputs: names(a, b), outputs }));
  }

  /** Into parts of these sizes along the second axis. */
  split(a: TensorValue, sizes: readonly number[]): TensorValue[] {
    const parts = sizes.map((size, i) => ({ name: `n${this.#nodes.length}_${i}`, shape: [sizeAt(a, 0), size] }));
    this.#nodes.push({ op: 'Split', axis: 1, sizes, inputs: names(a), outputs: names(...parts) });
    return parts;
  }

  reshape(a: TensorValue, shape: readonly number[]): TensorValue {
    return this.#single(shape, (outputs) => ({ op: 'Reshape', shape, inputs: names(a), outputs }));
  }

  sumRows(a: TensorValue): TensorValue {
    return this.#single([1, sizeAt(a, 1)], (outputs) => ({ op: 'ReduceSum', axis: 0, inputs: names(a), outputs }));
  }

  finish(output: TensorValue, nextState: TensorValue): StepGraph {
    return { inputs: this.#inputs, output, nextState, constants: this.#constants, nodes: this.#nodes };
  }

  #single(shape: readonly number[], node: (outputs: string[]) => StepNode): TensorValue {
    const value = { name: `n${this.#nodes.length}`, shape };
    this.#nodes.push(node([value.name]));
    return value;
  }
}

function names(...values: TensorValue[]): string[] {
  return values.map(({ name }) => name);
}

function sizeAt({ name, shape }: TensorValue, axis: number): number {
  const size = shape[axis];
  if (size === undefined) throw new Error(`the tensor ${name} has no axis ${axis}`);
  return size;
}
