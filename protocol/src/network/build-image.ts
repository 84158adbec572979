import { crc32 } from '../base/crc32.js';
import { LlnError } from '../base/errors.js';
import {
  cellCodes,
  directoryRecordBytes,
  headerOffsets,
  imageAlignment,
  imageFlags,
  imageHeaderBytes,
  imageLimits,
  imageMagic,
  kernelAbi,
  roundUp,
} from './image-layout.js';
import { type CellPlan, planCell, planMemory, requireCount } from './image-plan.js';
import { type ImageTable, matrixTable, vectorsTable } from './image-table.js';
import type { NetworkDescription } from './network-description.js';

export interface ImageOptions {
  /** The time step of a request that names none, in the unit that the network was trained with. */
  readonly defaultTimeStep: number;
}

/**
 * Lays a network out as the kernel runs it. The same description gives the same bytes.
 * @throws LlnError NETWORK_UNSUPPORTED
 */
export function buildNetworkImage(network: NetworkDescription, options: ImageOptions): Uint8Array {
  requireSizes(network, options);
  const plan = planCell(network);
  requireOutput(network, plan);
  const tables = [...tablesBefore(network), ...plan.tables, ...tablesAfter(network)];
  const image = new Uint8Array(totalBytes(tables));
  const view = new DataView(image.buffer);
  writeHeader(view, network, plan, tables.length, options.defaultTimeStep);
  writeTables(image, view, tables);
  view.setUint32(headerOffsets.crc32, crc32(image), true);
  return image;
}

function requireSizes(network: NetworkDescription, options: ImageOptions): void {
  requireCount(network.inputSize, 1, imageLimits.sizeMax, 'inputs');
  requireCount(network.units, 1, imageLimits.sizeMax, 'units');
  requireCount(network.outputSize, 1, imageLimits.sizeMax, 'outputs');
  if (network.cell.kind === 'gru' && network.memory !== null) {
    throw new LlnError('NETWORK_UNSUPPORTED', 'a GRU cannot have a mixed memory');
  }
  const step = Math.fround(options.defaultTimeStep);
  if (!(step > 0 && Number.isFinite(step))) {
    throw new LlnError('NETWORK_UNSUPPORTED', `the default time step must be finite and positive, not ${step}`);
  }
}

function requireOutput(network: NetworkDescription, plan: CellPlan): void {
  requireCount(plan.outputSize, 1, network.units, 'outputs of the cell');
  const { readout } = network;
  const given = readout === null ? plan.outputSize : readout.outputs;
  if (given !== network.outputSize || (readout !== null && readout.inputs !== plan.outputSize)) {
    throw new LlnError('NETWORK_UNSUPPORTED', 'the readout does not fit the sizes of the cell and of the output');
  }
}

function tablesBefore(network: NetworkDescription): ImageTable[] {
  const { normalisation, memory, inputSize, units } = network;
  const tables: ImageTable[] = [];
  if (normalisation !== null) {
    if (!normalisation.std.every((deviation) => deviation > 0)) {
      throw new LlnError('NETWORK_UNSUPPORTED', 'the deviations of a normalisation must be positive');
    }
    tables.push(vectorsTable([normalisation.mean, normalisation.std], inputSize));
  }
  if (memory !== null) tables.push(planMemory(memory, inputSize, units));
  return tables;
}

function tablesAfter(network: NetworkDescription): ImageTable[] {
  return network.readout === null ? [] : [matrixTable([network.readout])];
}

function tablesStart(count: number): number {
  return roundUp(imageHeaderBytes + count * directoryRecordBytes, imageAlignment);
}

function totalBytes(tables: readonly ImageTable[]): number {
  const total = tables.reduce((sum, table) => sum + table.bytes.length, tablesStart(tables.length));
  if (total > imageLimits.imageBytesMax) {
    throw new LlnError(
      'NETWORK_UNSUPPORTED',
      `the network needs ${total} bytes, more than ${imageLimits.imageBytesMax}`,
    );
  }
  return total;
}

function writeHeader(
  view: DataView,
  network: NetworkDescription,
  plan: CellPlan,
  tableCount: number,
  defaultTimeStep: number,
): void {
  for (const [i, byte] of imageMagic.entries()) view.setUint8(i, byte);
  view.setUint16(headerOffsets.abi, kernelAbi, true);
  view.setUint16(headerOffsets.headerBytes, imageHeaderBytes, true);
  view.setUint32(headerOffsets.totalBytes, view.byteLength, true);
  view.setUint8(headerOffsets.cell, cellCodes[network.cell.kind]);
  view.setUint8(headerOffsets.mode, plan.mode);
  view.setUint8(headerOffsets.activation, plan.activation);
  view.setUint8(headerOffsets.flags, flagsOf(network, plan));
  view.setUint16(headerOffsets.inputSize, network.inputSize, true);
  view.setUint16(headerOffsets.units, network.units, true);
  view.setUint16(headerOffsets.outputSize, network.outputSize, true);
  view.setUint16(headerOffsets.cellOutputStart, plan.outputStart, true);
  view.setUint16(headerOffsets.cellOutputSize, plan.outputSize, true);
  view.setUint16(headerOffsets.layers, plan.layers, true);
  view.setUint16(headerOffsets.unfolds, plan.unfolds, true);
  view.setUint16(headerOffsets.tableCount, tableCount, true);
  view.setFloat32(headerOffsets.epsilon, plan.epsilon, true);
  view.setFloat32(headerOffsets.defaultTimeStep, defaultTimeStep, true);
}

function flagsOf(network: NetworkDescription, plan: CellPlan): number {
  return (
    plan.flags |
    (network.normalisation === null ? 0 : imageFlags.normalisation) |
    (network.memory === null ? 0 : imageFlags.memory) |
    (network.readout === null ? 0 : imageFlags.readout)
  );
}

/** The tables one after another, each with its record in the directory. */
function writeTables(image: Uint8Array, view: DataView, tables: readonly ImageTable[]): void {
  let offset = tablesStart(tables.length);
  for (const [i, table] of tables.entries()) {
    const record = imageHeaderBytes + i * directoryRecordBytes;
    view.setUint32(record, offset, true);
    view.setUint16(record + 4, table.inputs, true);
    view.setUint16(record + 6, table.outputs, true);
    view.setUint16(record + 8, table.heads, true);
    view.setUint16(record + 10, table.kind, true);
    image.set(table.bytes, offset);
    offset += table.bytes.length;
  }
}
