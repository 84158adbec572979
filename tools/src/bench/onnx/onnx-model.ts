import type { StepGraph, StepNode, TensorValue } from '../graph/step-graph.js';
import { MessageWriter } from './protobuf.js';

/** Fields and codes of onnx.proto3 that we write. */
const irVersion = 8;
const opsetVersion = 13;
const elementTypes = { float: 1, int64: 7 } as const;
const attributeTypes = { int: 2 } as const;

/** A graph as an ONNX file. */
export function writeOnnxModel(graph: StepGraph): Uint8Array {
  const opset = new MessageWriter().text(1, '').integer(2, opsetVersion);
  return new MessageWriter()
    .integer(1, irVersion)
    .text(2, 'liquid-lln')
    .message(7, writeGraph(graph))
    .message(8, opset)
    .finish();
}

function writeGraph(graph: StepGraph): MessageWriter {
  const message = new MessageWriter();
  for (const node of graph.nodes) message.message(1, writeNode(node));
  message.text(2, 'step');
  for (const { name, shape, values } of graph.constants) message.message(5, floatTensor(name, shape, values));
  for (const node of graph.nodes) {
    const list = integerListOf(node);
    if (list !== null) message.message(5, integerTensor(integerListName(node), list));
  }
  for (const input of graph.inputs) message.message(11, valueInfo(input));
  for (const output of new Set([graph.output, graph.nextState])) message.message(12, valueInfo(output));
  return message;
}

function writeNode(node: StepNode): MessageWriter {
  const message = new MessageWriter();
  for (const input of node.inputs) message.text(1, input);
  if (integerListOf(node) !== null) message.text(1, integerListName(node));
  for (const output of node.outputs) message.text(2, output);
  message.text(4, node.op);
  if (node.op === 'Concat' || node.op === 'Split') message.message(5, integerAttribute('axis', node.axis));
  if (node.op === 'ReduceSum') message.message(5, integerAttribute('keepdims', 1));
  return message;
}

/** What ONNX takes as a constant tensor of integers where we have a plain list. */
function integerListOf(node: StepNode): readonly number[] | null {
  switch (node.op) {
    case 'Split':
      return node.sizes;
    case 'Reshape':
      return node.shape;
    case 'ReduceSum':
      return [node.axis];
    default:
      return null;
  }
}

function integerListName(node: StepNode): string {
  return `${node.outputs[0]}_list`;
}

function integerAttribute(name: string, value: number): MessageWriter {
  return new MessageWriter().text(1, name).integer(3, value).integer(20, attributeTypes.int);
}

function floatTensor(name: string, shape: readonly number[], values: Float32Array): MessageWriter {
  const raw = new Uint8Array(values.length * 4);
  const view = new DataView(raw.buffer);
  for (const [i, value] of values.entries()) view.setFloat32(i * 4, value, true);
  return tensor(name, shape, elementTypes.float, raw);
}

function integerTensor(name: string, values: readonly number[]): MessageWriter {
  const raw = new Uint8Array(values.length * 8);
  const view = new DataView(raw.buffer);
  for (const [i, value] of values.entries()) view.setBigInt64(i * 8, BigInt(value), true);
  return tensor(name, [values.length], elementTypes.int64, raw);
}

function tensor(name: string, shape: readonly number[], elementType: number, raw: Uint8Array): MessageWriter {
  const message = new MessageWriter();
  for (const size of shape) message.integer(1, size);
  return message.integer(2, elementType).text(8, name).bytes(9, raw);
}

function valueInfo({ name, shape }: TensorValue): MessageWriter {
  const dimensions = new MessageWriter();
  for (const size of shape) dimensions.message(1, new MessageWriter().integer(1, size));
  const tensorType = new MessageWriter().integer(1, elementTypes.float).message(2, dimensions);
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensorType));
}
