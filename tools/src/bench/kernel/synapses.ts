import type { DenseLayer, LtcSynapses, NetworkDescription } from '@liquid-lln/protocol';

/** Weights that a step uses, each once: those of layers that a mask keeps, or an LTC's synapses. The readout counts. */
export function countSynapses({ cell, readout }: NetworkDescription): number {
  const rest = readout === null ? 0 : countLayers([readout]);
  switch (cell.kind) {
    case 'cfc':
      return rest + countLayers([...cell.backbone, ...headLayers(cell.heads)]);
    case 'wired-cfc':
      return rest + countLayers(cell.layers.flatMap(headLayers));
    case 'ltc':
      return rest + countMask(cell.sensory) + countMask(cell.recurrent);
    case 'gru':
      return rest + countLayers([cell.input, cell.recurrent]);
  }
}

type Heads = Extract<NetworkDescription['cell'], { kind: 'cfc' }>['heads'];

/** The matrices of a cell's heads. */
export function headLayers(heads: Heads): DenseLayer[] {
  return heads.mode === 'pure' ? [heads.ff1] : [heads.ff1, heads.ff2, heads.timeA, heads.timeB];
}

function countLayers(layers: readonly DenseLayer[]): number {
  return layers.reduce((sum, { mask, weight }) => sum + (mask === null ? weight.length : countOnes(mask)), 0);
}

function countMask({ mask }: LtcSynapses): number {
  return countOnes(mask);
}

function countOnes(mask: Uint8Array): number {
  return mask.reduce((sum, kept) => sum + (kept === 0 ? 0 : 1), 0);
}
