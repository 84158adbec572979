import type { Tfjs, TfTensor } from '../peers/tfjs.js';
import type { StepGraph, StepNode } from './step-graph.js';

type Values = Map<string, TfTensor>;

/** An operation with its operands looked up in `values` when it runs; it puts its results there. */
type Operation = (values: Values) => void;

/**
 * A graph as calls of TensorFlow.js. The function takes the graph's inputs and gives `[output, nextState]`, which the
 * caller disposes of; constants stay.
 */
export function compileForTfjs(tf: Tfjs, graph: StepGraph): (inputs: Values) => [TfTensor, TfTensor] {
  const constants: Values = new Map(
    graph.constants.map(({ name, shape, values }) => [name, tf.tensor(values, shape)] as const),
  );
  const operations = graph.nodes.map((node) => compileNode(tf, node));
  return (inputs) =>
    tf.tidy(() => {
      const values: Values = new Map([...constants, ...inputs]);
      for (const operation of operations) operation(values);
      return [lookUp(values, graph.output.name), lookUp(values, graph.nextState.name)];
    });
}

function compileNode(tf: Tfjs, node: StepNode): Operation {
  const [first = '', second = '', third = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const unary = (apply: (a: TfTensor) => TfTensor): Operation => {
    return (values) => void values.set(output, apply(lookUp(values, first)));
  };
  const binary = (apply: (a: TfTensor, b: TfTensor) => TfTensor): Operation => {
    return (values) => void values.set(output, apply(lookUp(values, first), lookUp(values, second)));
  };
  switch (node.op) {
    case 'Gemm':
      return (values) => {
        const bias = lookUp(values, third);
        values.set(output, tf.fused.matMul({ a: lookUp(values, first), b: lookUp(values, second), bias }));
      };
    case 'Add':
      return binary(tf.add);
    case 'Sub':
      return binary(tf.sub);
    case 'Mul':
      return binary(tf.mul);
    case 'Div':
      return binary(tf.div);
    case 'Tanh':
      return unary(tf.tanh);
    case 'Sigmoid':
      return unary(tf.sigmoid);
    case 'Concat':
      return binary((a, b) => tf.concat([a, b], node.axis));
    case 'Reshape':
      return unary((a) => tf.reshape(a, node.shape));
    case 'ReduceSum':
      return unary((a) => tf.sum(a, node.axis, true));
    case 'Split':
      return (values) => {
        for (const [i, part] of tf.split(lookUp(values, first), node.sizes, node.axis).entries()) {
          values.set(node.outputs[i] ?? '', part);
        }
      };
  }
}

function lookUp(values: Values, name: string): TfTensor {
  const value = values.get(name);
  if (value === undefined) throw new Error(`the graph has no value ${name}`);
  return value;
}
