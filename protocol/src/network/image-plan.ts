import { LlnError } from '../base/errors.js';
import { activationCodes, imageFlags, imageLimits, modeCodes } from './image-layout.js';
import { softplus, synapsesTable } from './image-synapses.js';
import { type ImageTable, matrixTable, requireValues, vectorsTable } from './image-table.js';
import type {
  AffineMap,
  CfcCell,
  CfcHeads,
  DenseLayer,
  GruCell,
  LtcCell,
  MixedMemory,
  NetworkDescription,
  WiredCfcCell,
} from './network-description.js';

/** What a cell brings to an image: its tables, in order, and its fields of the header. */
export interface CellPlan {
  readonly tables: readonly ImageTable[];
  readonly flags: number;
  readonly mode: number;
  readonly activation: number;
  readonly layers: number;
  readonly unfolds: number;
  readonly epsilon: number;
  readonly outputStart: number;
  readonly outputSize: number;
}

export function planCell(network: NetworkDescription): CellPlan {
  const { cell } = network;
  switch (cell.kind) {
    case 'cfc':
      return planCfc(cell, network.units);
    case 'wired-cfc':
      return planWiredCfc(cell, network.units);
    case 'ltc':
      return planLtc(cell, network);
    case 'gru':
      return planGru(cell, network.units);
  }
}

/** The LSTM's four blocks over [x; h] as one stack, so that the kernel walks the weights once. */
export function planMemory(memory: MixedMemory, inputSize: number, units: number): ImageTable {
  requireValues(memory.inputMap.weight, 4 * units * inputSize, 'the input map of the memory');
  requireValues(memory.recurrentWeight, 4 * units * units, 'the recurrent map of the memory');
  requireValues(memory.inputMap.bias, 4 * units, 'the bias of the memory');
  return matrixTable([0, 1, 2, 3].map((block) => memoryBlock(memory, inputSize, units, block)));
}

function memoryBlock(memory: MixedMemory, inputSize: number, units: number, block: number): DenseLayer {
  const inputs = inputSize + units;
  const weight = new Float32Array(units * inputs);
  for (let unit = 0; unit < units; unit++) {
    const row = block * units + unit;
    weight.set(memory.inputMap.weight.subarray(row * inputSize, (row + 1) * inputSize), unit * inputs);
    weight.set(memory.recurrentWeight.subarray(row * units, (row + 1) * units), unit * inputs + inputSize);
  }
  const bias = memory.inputMap.bias.subarray(block * units, (block + 1) * units);
  return { outputs: units, inputs, weight, bias, mask: null };
}

const plain = { flags: 0, mode: 0, activation: 0, layers: 0, unfolds: 0, epsilon: 0, outputStart: 0 } as const;

function planCfc(cell: CfcCell, units: number): CellPlan {
  requireCount(cell.backbone.length, 0, imageLimits.backboneLayersMax, 'backbone layers');
  const tables = [...cell.backbone.map((layer) => matrixTable([layer])), ...planHeads(cell.heads, false)];
  const activation = cell.backbone.length === 0 ? activationCodes.none : activationCodes[cell.activation];
  return {
    ...plain,
    tables,
    mode: modeCodes[cell.heads.mode],
    activation,
    layers: cell.backbone.length,
    outputSize: units,
  };
}

function planWiredCfc(cell: WiredCfcCell, units: number): CellPlan {
  requireCount(cell.layers.length, 1, imageLimits.wiringLayersMax, 'layers of the wiring');
  const modes = new Set(cell.layers.map((layer) => layer.mode));
  const last = cell.layers.at(-1);
  if (last === undefined || modes.size > 1) {
    throw new LlnError('NETWORK_UNSUPPORTED', 'the layers of a wired CfC must have one mode');
  }
  return {
    ...plain,
    tables: cell.layers.flatMap((heads) => planHeads(heads, true)),
    mode: modeCodes[last.mode],
    layers: cell.layers.length,
    outputStart: units - last.ff1.outputs,
    outputSize: last.ff1.outputs,
  };
}

/** Where a mask thins out ff1 and ff2, the time heads, which stay dense, get a table of their own. */
function planHeads(heads: CfcHeads, isWired: boolean): ImageTable[] {
  if (heads.mode === 'pure') {
    const vectors = [heads.amplitude, heads.wTau.map(Math.abs)];
    return [matrixTable([heads.ff1]), vectorsTable(vectors, heads.ff1.outputs)];
  }
  const { ff1, ff2, timeA, timeB } = heads;
  return isWired ? [matrixTable([ff1, ff2]), matrixTable([timeA, timeB])] : [matrixTable([ff1, ff2, timeA, timeB])];
}

function planLtc(cell: LtcCell, network: NetworkDescription): CellPlan {
  requireCount(cell.unfolds, 1, imageLimits.unfoldsMax, 'unfolds');
  if (!(cell.epsilon >= 0 && Number.isFinite(cell.epsilon))) {
    throw new LlnError('NETWORK_UNSUPPORTED', `epsilon must be finite and not negative, not ${cell.epsilon}`);
  }
  const { units, inputSize } = network;
  const positive = cell.isSoftplus ? softplus : (value: number) => value;
  const { inputMapping, outputMapping } = cell;
  return {
    ...plain,
    tables: [
      ...mapTables(inputMapping, inputSize),
      synapsesTable(cell.sensory, units, positive),
      synapsesTable(cell.recurrent, units, positive),
      vectorsTable(leakVectors(cell, positive), units),
      ...mapTables(outputMapping, cell.cellOutputSize),
    ],
    flags: (inputMapping === null ? 0 : imageFlags.inputMap) | (outputMapping === null ? 0 : imageFlags.outputMap),
    unfolds: cell.unfolds,
    epsilon: cell.epsilon,
    outputSize: cell.cellOutputSize,
  };
}

/** Capacitance, leak conductance, and the leak's current: conductance times potential, formed in double. */
function leakVectors(cell: LtcCell, positive: (value: number) => number): Float32Array[] {
  const conductance = Array.from(cell.leakConductance, positive);
  const current = conductance.map((value, i) => value * (cell.leakPotential[i] ?? Number.NaN));
  return [cell.capacitance.map(positive), Float32Array.from(conductance), Float32Array.from(current)];
}

function mapTables(map: AffineMap | null, size: number): ImageTable[] {
  return map === null ? [] : [vectorsTable([map.scale, map.shift ?? new Float32Array(size)], size)];
}

function planGru(cell: GruCell, units: number): CellPlan {
  const tables = [matrixTable(splitBlocks(cell.input, units)), matrixTable(splitBlocks(cell.recurrent, units))];
  return { ...plain, tables, outputSize: units };
}

function splitBlocks(layer: DenseLayer, units: number): DenseLayer[] {
  return [0, 1, 2].map((block) => ({
    outputs: units,
    inputs: layer.inputs,
    weight: layer.weight.subarray(block * units * layer.inputs, (block + 1) * units * layer.inputs),
    bias: layer.bias.subarray(block * units, (block + 1) * units),
    mask: null,
  }));
}

export function requireCount(value: number, min: number, max: number, what: string): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new LlnError('NETWORK_UNSUPPORTED', `${what}: ${value} is not between ${min} and ${max}`);
}
