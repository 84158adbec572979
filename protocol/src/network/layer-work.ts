import { readImageHeader } from './image-header.js';
import { directoryRecordBytes, headerOffsets, imageHeaderBytes, tableKinds } from './image-layout.js';

/** A part of a network, and its part of the work of one step. */
export interface LayerWork {
  readonly name: string;
  /** In multiply-accumulates, as the kernel counts them. */
  readonly macs: number;
}

interface TableRecord {
  readonly bytes: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly heads: number;
  readonly kind: number;
}

/** What a sigmoid costs beside a multiply-accumulate; the kernel's own bound on its work says the same. */
const activationMacs = 16;
/** Numbers that are stored of a synapse: strength, steepness, threshold, strength times reversal potential, and its source. */
const synapseFloats = 4.5;

/** The layers of a network image in the order in which a step walks them. @throws LlnError IMAGE_INVALID */
export function layerWork(image: Uint8Array): LayerWork[] {
  const { cell, hasNormalisation, hasMemory, hasReadout } = readImageHeader(image);
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  const unfolds = view.getUint16(headerOffsets.unfolds, true);
  const tables = tablesOf(view);
  const before = (hasNormalisation ? 1 : 0) + (hasMemory ? 1 : 0);
  let synapseTables = 0;
  return tables.map((table, index) => {
    if (hasNormalisation && index === 0) return { name: 'normalisation', macs: macsOf(table) };
    if (hasMemory && index === before - 1) return { name: 'memory', macs: macsOf(table) };
    if (hasReadout && index === tables.length - 1) return { name: 'readout', macs: macsOf(table) };
    if (table.kind === tableKinds.synapses) {
      synapseTables += 1;
      const isSensory = synapseTables === 1;
      const name = isSensory ? 'sensory synapses' : `synapses, ${unfolds} unfolds`;
      return { name, macs: macsOf(table) * (isSensory ? 1 : unfolds) };
    }
    const shape = `${table.inputs} to ${table.heads} x ${table.outputs}`;
    const what = table.kind === tableKinds.vectors ? 'vectors' : 'layer';
    return { name: `${cell} ${what} ${index - before + 1}, ${shape}`, macs: macsOf(table) };
  });
}

function tablesOf(view: DataView): TableRecord[] {
  const count = view.getUint16(headerOffsets.tableCount, true);
  const offsetOf = (index: number) =>
    index === count ? view.byteLength : view.getUint32(imageHeaderBytes + index * directoryRecordBytes, true);
  return Array.from({ length: count }, (_, index) => {
    const record = imageHeaderBytes + index * directoryRecordBytes;
    return {
      bytes: offsetOf(index + 1) - offsetOf(index),
      inputs: view.getUint16(record + 4, true),
      outputs: view.getUint16(record + 6, true),
      heads: view.getUint16(record + 8, true),
      kind: view.getUint16(record + 10, true),
    };
  });
}

/** One for each stored number; a synapse has its sigmoid, and so has each output of a layer. */
function macsOf({ bytes, kind, outputs, heads }: TableRecord): number {
  const floats = bytes / 4;
  if (kind === tableKinds.synapses) return (floats / synapseFloats) * (2 + activationMacs);
  return kind === tableKinds.vectors ? floats : floats + outputs * heads * activationMacs;
}
