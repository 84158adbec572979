import { LlnError } from '../base/errors.js';

/** The version of the network image's layout and of the arithmetic behind it. */
export const kernelAbi = 1;

/** What a network image says about itself, after its length and checksum were found right. */
export interface ImageHeader {
  readonly abi: number;
  readonly totalBytes: number;
  readonly cell: 'cfc' | 'wired-cfc' | 'ltc' | 'gru';
  readonly inputSize: number;
  readonly units: number;
  readonly outputSize: number;
  readonly hasMemory: boolean;
  readonly hasNormalisation: boolean;
  readonly defaultTimeStep: number;
}

export function readImageHeader(image: Uint8Array): ImageHeader {
  throw new LlnError('IMAGE_INVALID', `network image of ${image.length} bytes`);
}
