import { dirname } from 'node:path';
import type { Peers } from './install.js';

/** What we call of TensorFlow.js. */
export interface TfTensor {
  dataSync(): Float32Array;
  dispose(): void;
}

type Binary = (a: TfTensor, b: TfTensor) => TfTensor;
type Unary = (a: TfTensor) => TfTensor;

export interface Tfjs {
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  readonly tanh: Unary;
  readonly sigmoid: Unary;
  readonly fused: { matMul(init: { a: TfTensor; b: TfTensor; bias: TfTensor }): TfTensor };
  concat(tensors: readonly TfTensor[], axis: number): TfTensor;
  split(tensor: TfTensor, sizes: readonly number[], axis: number): TfTensor[];
  reshape(tensor: TfTensor, shape: readonly number[]): TfTensor;
  sum(tensor: TfTensor, axis: number, keepDims: boolean): TfTensor;
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  tidy<T>(work: () => T): T;
  keep(tensor: TfTensor): TfTensor;
  /** Leaves out checks of every argument. */
  enableProdMode(): void;
  env(): { set(flag: string, value: boolean): void };
  setBackend(name: string): Promise<boolean>;
}

interface TfjsWasm {
  setWasmPaths(folder: string): void;
}

const used = ['add', 'sub', 'mul', 'div', 'tanh', 'sigmoid', 'fused', 'concat', 'split', 'reshape', 'sum', 'tensor'];

/** TensorFlow.js with its WebAssembly backend: SIMD, one thread. @throws Error if it does not start */
export async function startTfjs(peers: Peers): Promise<Tfjs> {
  const tf = peers.load('@tensorflow/tfjs-core', [
    ...used,
    'tidy',
    'keep',
    'env',
    'enableProdMode',
    'setBackend',
  ]) as Tfjs;
  const wasm = peers.load('@tensorflow/tfjs-backend-wasm', ['setWasmPaths']) as TfjsWasm;
  tf.enableProdMode();
  wasm.setWasmPaths(`${dirname(peers.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'))}/`);
  tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await tf.setBackend('wasm'))) throw new Error('the WebAssembly backend of TensorFlow.js does not start');
  return tf;
}
