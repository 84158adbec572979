import { fileURLToPath } from 'node:url';
import { kernelAbi, LlnError } from '@liquid-lln/protocol';
import { bindLibrary, type KernelLibrary } from './library.js';
import { openNetwork } from './native-network.js';
import type { KernelNetwork } from './network.js';

/** The C kernel, loaded into this process. */
export interface Kernel {
  /** The kernel's own version, such as `1.0.0`. */
  readonly version: string;
  /** The version of network images that it runs. */
  readonly abi: number;
  /** The build of the kernel's core in use. All builds give the same bits. */
  readonly variant: string;
  /** Every build that this processor can run, the fastest first. */
  readonly variants: readonly string[];
  /**
   * Checks `image` completely and opens it. The bytes are copied: the caller's buffer is free afterwards.
   * @throws LlnError IMAGE_INVALID, IMAGE_ABI_UNSUPPORTED
   */
  open(image: Uint8Array): KernelNetwork;
}

export interface KernelOptions {
  /** One of `Kernel.variants`; the fastest without it. */
  readonly variant?: string;
}

/** Where `build-kernel.mjs` puts the library. */
const defaultLibraryPath = fileURLToPath(new URL('../../build/liblln.so', import.meta.url));

/** Loads the kernel's shared library. @throws LlnError KERNEL_UNAVAILABLE */
export function loadKernel(libraryPath: string = defaultLibraryPath, options: KernelOptions = {}): Kernel {
  const library = bind(libraryPath);
  const abi = library.abi();
  if (abi !== kernelAbi) throw unavailable(`the kernel at ${libraryPath} has ABI ${abi}, not ${kernelAbi}`);
  const variants = listVariants(library);
  const index = options.variant === undefined ? 0 : variants.indexOf(options.variant);
  const variant = variants[index];
  if (variant === undefined) throw unavailable(`this processor runs ${variants.join(', ')}, not ${options.variant}`);
  return {
    version: library.version(),
    abi,
    variant,
    variants,
    open: (image) => openNetwork(library, image, index),
  };
}

function bind(path: string): KernelLibrary {
  try {
    return bindLibrary(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw unavailable(`the kernel at ${path} cannot be loaded: ${reason}`, error);
  }
}

function listVariants(library: KernelLibrary): string[] {
  const names: string[] = [];
  for (let name = library.variant(0); name !== null; name = library.variant(names.length)) names.push(name);
  return names;
}

function unavailable(message: string, cause?: unknown): LlnError {
  return new LlnError('KERNEL_UNAVAILABLE', message, {}, cause);
}
