import Table from 'cli-table3';
import type { NetworkSize } from './measure.js';

const style = { head: [], border: [] };

/** Files that only one part of the kernel needs; all networks need the others. */
const ownFiles: ReadonlyMap<string, string> = new Map([
  ['cfc.c', 'CfC only'],
  ['gru.c', 'GRU only'],
  ['ltc.c', 'LTC only'],
  ['synapses.c', 'LTC only'],
  ['memory.c', 'LSTM only'],
  ['activation.c', 'backbones only'],
]);

/** Bytes of code and constants by file, with their sum. */
export function renderFlash(flash: readonly { readonly file: string; readonly bytes: number }[]): string {
  const table = new Table({ head: ['file', 'flash, bytes', 'for'], colAligns: ['left', 'right', 'left'], style });
  for (const { file, bytes } of flash) table.push([file, String(bytes), ownFiles.get(file) ?? 'all']);
  table.push(['all', String(flash.reduce((sum, { bytes }) => sum + bytes, 0)), '']);
  return table.toString();
}

/** Bytes of memory, a line a network. */
export function renderNetworks(sizes: readonly { readonly name: string; readonly size: NetworkSize }[]): string {
  const head = ['network', 'image', 'scratch', 'state', 'opened', 'stack of\nopen', 'of a step', 'of a\nsequence'];
  const table = new Table({ head, colAligns: ['left', ...head.slice(1).map(() => 'right' as const)], style });
  for (const { name, size } of sizes) {
    const { image, scratch, state, network, stackOpen, stackStep, stackSequence } = size;
    table.push([name, ...[image, scratch, state, network, stackOpen, stackStep, stackSequence].map(String)]);
  }
  return table.toString();
}
