/** The numbers of the network image's layout. docs/spec/network-image.md says what they mean. */

/** The version of the network image's layout and of the arithmetic behind it. */
export const kernelAbi = 1;

export const imageAlignment = 32;
export const imageHeaderBytes = 64;
export const directoryRecordBytes = 16;
/** Outputs are stored and computed in panels of this many. */
export const panelSize = 8;
export const imageMagic = [0x4c, 0x4e, 0x45, 0x54] as const; // "LNET"

export const imageLimits = {
  imageBytesMax: 16 * 1024 * 1024,
  sizeMax: 4_096,
  backboneLayersMax: 3,
  wiringLayersMax: 8,
  unfoldsMax: 256,
  tablesMax: 19,
} as const;

/** Where the header's fields begin. */
export const headerOffsets = {
  abi: 4,
  headerBytes: 6,
  totalBytes: 8,
  crc32: 12,
  cell: 16,
  mode: 17,
  activation: 18,
  flags: 19,
  inputSize: 20,
  units: 22,
  outputSize: 24,
  cellOutputStart: 26,
  cellOutputSize: 28,
  layers: 30,
  unfolds: 32,
  tableCount: 34,
  epsilon: 36,
  defaultTimeStep: 40,
  reserved: 44,
} as const;

export const cellCodes = { cfc: 1, 'wired-cfc': 2, ltc: 3, gru: 4 } as const;
export const modeCodes = { default: 0, no_gate: 1, pure: 2 } as const;
export const activationCodes = { none: 0, lecun_tanh: 1, tanh: 2, relu: 3, silu: 4, gelu: 5 } as const;
export const tableKinds = { dense: 1, masked: 2, vectors: 3, synapses: 4 } as const;
export const imageFlags = { normalisation: 1, memory: 2, readout: 4, inputMap: 8, outputMap: 16, all: 31 } as const;

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** `count` rounded up to whole panels. */
export function padded(count: number): number {
  return roundUp(count, panelSize);
}
