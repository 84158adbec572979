import { type Kernel, loadKernel } from '@liquid-lln/firmware-bridge';
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
  readonly rounds: number;
}

/** Odd, so that the median is a round that was. */
const rounds = 15;

export async function prepareContext(say: (line: string) => void): Promise<KernelContext> {
  const kernel = loadKernel();
  return { kernel, runtimes: await startRuntimes(say), roofline: compileRoofline(), rounds };
}

async function startRuntimes(say: (line: string) => void): Promise<KernelContext['runtimes']> {
  try {
    const peers = await Peers.install(say);
    return { peers, tf: await startTfjs(peers) };
  } catch (error) {
    const fault = error instanceof Error ? (error.message.trimEnd().split('\n').at(-1) ?? '') : String(error);
    say(`... without the runtimes to compare with: ${fault}`);
    return { fault };
  }
}
