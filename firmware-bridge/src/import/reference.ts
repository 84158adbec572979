import { LlnError, type Manifest, type NetworkDescription, type NetworkSummary } from '@liquid-lln/protocol';
import type { Tensors } from './safetensors.js';

/** How a trained model did on one data set. */
export interface ImportedMetrics {
  readonly accuracy: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly rows: number;
}

/** A network as its source describes it, with what a package's manifest needs to know about it. */
export interface ImportedModel {
  /** The source's own name for it. */
  readonly name: string;
  readonly description: NetworkDescription;
  readonly summary: NetworkSummary;
  readonly inputs: Manifest['inputs'];
  readonly outputs: Manifest['outputs'];
  readonly normalisation: Manifest['normalisation'];
  readonly timeStep: Manifest['timeStep'];
  /** By data set (`train`, `validation`, `test`, ...); empty if the source states none. */
  readonly metrics: Readonly<Record<string, ImportedMetrics>>;
}

/**
 * Imports a network in the reference format: PyTorch ncps weights and a JSON description.
 * @throws LlnError NETWORK_UNSUPPORTED, SAFETENSORS_INVALID
 */
export function importReference(config: unknown, tensors: Tensors): ImportedModel {
  throw new LlnError('NETWORK_UNSUPPORTED', `${typeof config} ${tensors.size}`);
}
