import type { NetworkDescription } from '@liquid-lln/protocol';
import { headLayers } from './synapses.js';

/** What can only be computed one after the other in a step, however many units work side by side. */
export interface CriticalPath {
  readonly multiplyAdds: number;
  readonly activations: number;
}

/**
 * Of a wired CfC: its layers wait for each other, and so do the terms of a sum, whose order is part of the definition.
 * The heads of time keep every input of a layer. Null for other cells.
 */
export function criticalPathOf({ cell, readout }: NetworkDescription): CriticalPath | null {
  if (cell.kind !== 'wired-cfc') return null;
  const layers = cell.layers.map((heads) => Math.max(...headLayers(heads).map(({ inputs }) => inputs)));
  const multiplyAdds = layers.reduce((sum, inputs) => sum + inputs, readout?.inputs ?? 0);
  return { multiplyAdds, activations: layers.length };
}
