import type { Peers } from './install.js';

/** What we call of onnxruntime-node. */
export interface OrtTensor {
  readonly data: Float32Array;
}

export interface OrtSession {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

export interface Ort {
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
}

export const ortSessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
} as const;

export function loadOrt(peers: Peers): Ort {
  return peers.load('onnxruntime-node', ['Tensor', 'InferenceSession']) as Ort;
}
