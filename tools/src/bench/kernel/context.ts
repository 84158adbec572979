import { type Kernel, loadKernel } from '@liquid-lln/firmware-bridge';
import { type M7Counter, prepareM7Counter } from '../m7/counter.js';
import { Peers } from '../peers/install.js';
import { startTfjs, type Tfjs } from '../peers/tfjs.js';
import { compileRoofline } from '../roofline/roofline.js';

/** The runtimes to compare with, started. */
export interface Runtimes {
  readonly peers: Peers;
  readonly tf: Tfjs;
}

/** What the cases share. */
export interface KernelContext {
  readonly kernel: Kernel;
  /** Why there are none where they cannot be had, such as without a network. */
  readonly runtimes: Runtimes | { readonly fault: string };
  /** The program that measures the machine's limits. */
  readonly roofline: string;
  /** Counts instructions of a Cortex-M7; compiled when it is first asked for. */
  readonly m7: () => M7Counter;
  readonly rounds: number;
}

const runtimeNames = ['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-core', 'onnxruntime-node'] as const;

/** Odd, so that the median is a round that was. */
const rounds = 15;

export async function prepareContext(say: (line: string) => void): Promise<KernelContext> {
  const kernel = loadKernel();
  const runtimes = await startRuntimes(say);
  return { kernel, runtimes, roofline: compileRoofline(), m7: once(prepareM7Counter), rounds };
}

async function startRuntimes(say: (line: string) => void): Promise<KernelContext['runtimes']> {
  try {
    const peers = await Peers.install(runtimeNames, say);
    return { peers, tf: await startTfjs(peers) };
  } catch (error) {
    const fault = faultOf(error);
    say(`... without the runtimes to compare with: ${fault}`);
    return { fault };
  }
}

/** The line that says why; npm's errors have many, and the command in the first. */
function faultOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  return lines.find((line) => line.startsWith('npm error')) ?? lines[0] ?? '';
}

/** Makes something when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
