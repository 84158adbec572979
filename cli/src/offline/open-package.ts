import { type Kernel, type KernelNetwork, loadKernel } from '@liquid-lln/firmware-bridge';
import { decodePackage, type LiquidPackage, limits } from '@liquid-lln/protocol';
import { readUserFile } from '../adapters/files.js';

/** Reads a package file that the user named. */
export function readPackage(path: string): LiquidPackage {
  return decodePackage(readUserFile(path, limits.packageBytesMax));
}

/** Opens the package's network for the time of `use`. */
export function withNetwork<T>(
  pkg: LiquidPackage,
  use: (network: KernelNetwork) => T,
  kernel: Kernel = loadKernel(),
): T {
  const network = kernel.open(pkg.image);
  try {
    return use(network);
  } finally {
    network.close();
  }
}
