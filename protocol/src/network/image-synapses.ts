import { LlnError } from '../base/errors.js';
import { imageAlignment, panelSize, roundUp, tableKinds } from './image-layout.js';
import { type ImageTable, requireValues } from './image-table.js';
import type { LtcSynapses } from './network-description.js';

/** A target neuron and the neurons (or inputs) that it hears, in ascending order. */
interface Row {
  readonly target: number;
  readonly from: readonly number[];
}

const noTarget = 0xffff;
const panelHeadBytes = 32;
const rowBytes = 4 * panelSize * 4;

/**
 * The synapses of an LTC in panels of 8 targets, by descending number of synapses, so that lanes of one panel end at
 * nearly the same depth. Targets without a synapse are left out.
 *
 * @param positive what makes a weight of a stored one: softplus, or nothing.
 */
export function synapsesTable(synapses: LtcSynapses, units: number, positive: (value: number) => number): ImageTable {
  requireSynapses(synapses, units);
  const rows = rowsOf(synapses, units);
  const panels = Array.from({ length: Math.ceil(rows.length / panelSize) }, (_, i) =>
    rows.slice(i * panelSize, (i + 1) * panelSize),
  );
  const bytes = new Uint8Array(panels.reduce((sum, panel) => sum + bytesOf(panel), imageAlignment));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, panels.length, true);
  let offset = imageAlignment;
  for (const panel of panels) {
    writePanel(view, offset, panel, synapses, units, positive);
    offset += bytesOf(panel);
  }
  return { kind: tableKinds.synapses, inputs: synapses.from, outputs: units, heads: 1, bytes };
}

/** torch's softplus, in double: the identity above 20. */
export function softplus(value: number): number {
  return value > 20 ? value : Math.log1p(Math.exp(value));
}

function requireSynapses(synapses: LtcSynapses, units: number): void {
  const length = synapses.from * units;
  requireValues(synapses.weight, length, 'a synapse weight matrix');
  requireValues(synapses.sigma, length, 'a synapse sigma matrix');
  requireValues(synapses.mu, length, 'a synapse mu matrix');
  requireValues(synapses.reversal, length, 'a reversal potential matrix');
  if (synapses.mask.length !== length) {
    throw new LlnError('NETWORK_UNSUPPORTED', 'a synapse mask must have the shape of its weights');
  }
}

function rowsOf(synapses: LtcSynapses, units: number): Row[] {
  const neurons = Array.from({ length: units }, (_, target) => target);
  const sources = Array.from({ length: synapses.from }, (_, from) => from);
  return neurons
    .map((target) => ({ target, from: sources.filter((from) => synapses.mask[from * units + target] !== 0) }))
    .filter((row) => row.from.length > 0)
    .sort((a, b) => b.from.length - a.from.length || a.target - b.target);
}

function depthOf(panel: readonly Row[]): number {
  return panel[0]?.from.length ?? 0;
}

function indexBytes(depth: number): number {
  return roundUp(depth * panelSize * 2, imageAlignment);
}

function bytesOf(panel: readonly Row[]): number {
  return panelHeadBytes + indexBytes(depthOf(panel)) + depthOf(panel) * rowBytes;
}

function writePanel(
  view: DataView,
  start: number,
  panel: readonly Row[],
  synapses: LtcSynapses,
  units: number,
  positive: (value: number) => number,
): void {
  const indexes = start + panelHeadBytes;
  const values = indexes + indexBytes(depthOf(panel));
  for (let lane = 0; lane < panelSize; lane++) {
    const row = panel[lane];
    view.setUint16(start + lane * 2, row?.target ?? noTarget, true);
    view.setUint16(start + (panelSize + lane) * 2, row?.from.length ?? 0, true);
    for (const [k, from] of (row?.from ?? []).entries()) {
      view.setUint16(indexes + (k * panelSize + lane) * 2, from, true);
      const place = from * units + (row?.target ?? 0);
      writeSynapse(view, values + k * rowBytes + lane * 4, synapses, place, positive);
    }
  }
}

function writeSynapse(
  view: DataView,
  offset: number,
  synapses: LtcSynapses,
  place: number,
  positive: (value: number) => number,
): void {
  const weight = positive(synapses.weight[place] ?? 0);
  const stride = panelSize * 4;
  view.setFloat32(offset, synapses.mu[place] ?? 0, true);
  view.setFloat32(offset + stride, synapses.sigma[place] ?? 0, true);
  view.setFloat32(offset + 2 * stride, weight, true);
  // The product is formed in double, so that the current is rounded once.
  view.setFloat32(offset + 3 * stride, weight * (synapses.reversal[place] ?? 0), true);
}
