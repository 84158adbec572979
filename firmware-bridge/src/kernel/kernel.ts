import { LlnError } from '@liquid-lln/protocol';
import type { KernelNetwork } from './network.js';

/** The C kernel, loaded into this process. */
export interface Kernel {
  /** The kernel's own version, such as `1.0.0`. */
  readonly version: string;
  /** The version of network images that it runs. */
  readonly abi: number;
  /** Which build of the kernel's core serves on this processor: `fma` or `portable`. Both give the same bits. */
  readonly variant: string;
  /**
   * Checks `image` completely and opens it. The bytes are copied: the caller's buffer is free afterwards.
   * @throws LlnError IMAGE_INVALID, IMAGE_ABI_UNSUPPORTED
   */
  open(image: Uint8Array): KernelNetwork;
}

/** Loads the kernel's shared library. @throws LlnError KERNEL_UNAVAILABLE */
export function loadKernel(libraryPath = ''): Kernel {
  throw new LlnError('KERNEL_UNAVAILABLE', `there is no kernel at ${libraryPath}`);
}
