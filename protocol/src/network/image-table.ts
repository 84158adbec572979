import { LlnError } from '../base/errors.js';
import { imageAlignment, padded, panelSize, roundUp, tableKinds } from './image-layout.js';
import type { DenseLayer } from './network-description.js';

/** One table of an image: its record in the directory, and its bytes (a multiple of the alignment). */
export interface ImageTable {
  readonly kind: (typeof tableKinds)[keyof typeof tableKinds];
  readonly inputs: number;
  readonly outputs: number;
  readonly heads: number;
  readonly bytes: Uint8Array;
}

/** What one panel of a matrix reads: the bias of its lanes and the inputs that any of them uses. */
interface Panel {
  readonly layer: DenseLayer;
  readonly firstOutput: number;
  readonly lanes: number;
}

/** Vectors of one length, each padded with zeros to whole panels. */
export function vectorsTable(vectors: readonly Float32Array[], size: number): ImageTable {
  const stride = padded(size) * 4;
  const bytes = new Uint8Array(stride * vectors.length);
  const view = new DataView(bytes.buffer);
  for (const [head, vector] of vectors.entries()) {
    requireValues(vector, size, 'a vector');
    for (const [i, value] of vector.entries()) view.setFloat32(head * stride + i * 4, value, true);
  }
  return { kind: tableKinds.vectors, inputs: 0, outputs: size, heads: vectors.length, bytes };
}

/**
 * Heads of equal shape over the same vector, stacked. Synapses that a mask removes are not stored where a whole panel
 * goes without that input; a mask that removes nothing gives a plain dense table.
 */
export function matrixTable(heads: readonly DenseLayer[]): ImageTable {
  const first = heads[0];
  if (first === undefined) throw new LlnError('INTERNAL', 'a matrix table needs a head');
  for (const head of heads) requireLayer(head, first);
  const isMasked = heads.some((head) => head.mask?.includes(0) === true);
  const panels = heads.flatMap(panelsOf);
  return {
    kind: isMasked ? tableKinds.masked : tableKinds.dense,
    inputs: first.inputs,
    outputs: first.outputs,
    heads: heads.length,
    bytes: isMasked ? maskedBytes(panels) : denseBytes(panels, first.inputs),
  };
}

/** Refuses arrays of another length than the network calls for, and numbers that are not finite. */
export function requireValues(values: Float32Array, length: number, what: string): void {
  if (values.length !== length) {
    throw new LlnError('NETWORK_UNSUPPORTED', `${what} has ${values.length} values instead of ${length}`);
  }
  if (!values.every(Number.isFinite))
    throw new LlnError('NETWORK_UNSUPPORTED', `${what} has a value that is not finite`);
}

function requireLayer(layer: DenseLayer, like: DenseLayer): void {
  if (layer.inputs !== like.inputs || layer.outputs !== like.outputs) {
    throw new LlnError('NETWORK_UNSUPPORTED', 'heads over one vector must have one shape');
  }
  requireValues(layer.weight, layer.inputs * layer.outputs, 'a weight matrix');
  requireValues(layer.bias, layer.outputs, 'a bias');
  if (layer.mask !== null && layer.mask.length !== layer.weight.length) {
    throw new LlnError('NETWORK_UNSUPPORTED', 'a mask must have the shape of its weights');
  }
}

function panelsOf(layer: DenseLayer): Panel[] {
  return Array.from({ length: padded(layer.outputs) / panelSize }, (_, panel) => {
    const firstOutput = panel * panelSize;
    return { layer, firstOutput, lanes: Math.min(panelSize, layer.outputs - firstOutput) };
  });
}

function denseBytes(panels: readonly Panel[], inputs: number): Uint8Array {
  const columns = Array.from({ length: inputs }, (_, column) => column);
  const panelBytes = (1 + inputs) * panelSize * 4;
  const bytes = new Uint8Array(panels.length * panelBytes);
  const view = new DataView(bytes.buffer);
  for (const [i, panel] of panels.entries()) writePanel(view, i * panelBytes, panel, columns);
  return bytes;
}

function maskedBytes(panels: readonly Panel[]): Uint8Array {
  const lists = panels.map(usedColumns);
  const total = lists.reduce((sum, columns) => sum + listBytes(columns) + (1 + columns.length) * panelSize * 4, 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const [i, panel] of panels.entries()) {
    const columns = lists[i] ?? [];
    view.setUint32(offset, columns.length, true);
    for (const [k, column] of columns.entries()) view.setUint16(offset + 4 + k * 2, column, true);
    offset = writePanel(view, offset + listBytes(columns), panel, columns);
  }
  return bytes;
}

function listBytes(columns: readonly number[]): number {
  return roundUp(4 + columns.length * 2, imageAlignment);
}

function usedColumns(panel: Panel): number[] {
  const outputs = Array.from({ length: panel.lanes }, (_, lane) => panel.firstOutput + lane);
  const all = Array.from({ length: panel.layer.inputs }, (_, column) => column);
  return all.filter((column) => outputs.some((output) => exists(panel.layer, output, column)));
}

function exists(layer: DenseLayer, output: number, column: number): boolean {
  return layer.mask === null || layer.mask[output * layer.inputs + column] !== 0;
}

/** Bias, then the weights column by column; returns where the panel ends. */
function writePanel(view: DataView, start: number, panel: Panel, columns: readonly number[]): number {
  const { layer, firstOutput, lanes } = panel;
  for (let lane = 0; lane < lanes; lane++) {
    const output = firstOutput + lane;
    view.setFloat32(start + lane * 4, layer.bias[output] ?? 0, true);
    for (const [k, column] of columns.entries()) {
      const weight = exists(layer, output, column) ? layer.weight[output * layer.inputs + column] : 0;
      view.setFloat32(start + ((k + 1) * panelSize + lane) * 4, weight ?? 0, true);
    }
  }
  return start + (1 + columns.length) * panelSize * 4;
}
