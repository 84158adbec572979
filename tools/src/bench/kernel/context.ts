import { type Kernel, loadKernel } from '@liquid-lln/firmware-bridge';
import { Peers } from '../peers/install.js';
import { startTfjs, type Tfjs } from '../peers/tfjs.js';
import { compileRoofline } from '../roofline/roofline.js';

/** What the cases share. */
export interface KernelContext {
  readonly kernel: Kernel;
  readonly peers: Peers;
  readonly tf: Tfjs;
  /** The program that measures the machine's limits. */
  readonly roofline: string;
  readonly rounds: number;
}

/** Odd, so that the median is a round that was. */
const rounds = 15;

export async function prepareContext(say: (line: string) => void): Promise<KernelContext> {
  const peers = await Peers.install(say);
  return { kernel: loadKernel(), peers, tf: await startTfjs(peers), roofline: compileRoofline(), rounds };
}
