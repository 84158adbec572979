import { LlnError } from '../base/errors.js';
import type { NetworkDescription } from './network-description.js';

export interface ImageOptions {
  /** The time step of a request that names none, in the unit that the network was trained with. */
  readonly defaultTimeStep: number;
}

export function buildNetworkImage(description: NetworkDescription, options: ImageOptions): Uint8Array {
  throw new LlnError('NETWORK_UNSUPPORTED', `${description.cell.kind} ${options.defaultTimeStep}`);
}
