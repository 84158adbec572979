import type { Digest } from '@liquid-lln/protocol';

/** Tries a package where it can do no harm. */
export interface PackageChecker {
  /**
   * Opens the package file in a process of its own: digest, signature, kernel version, golden vectors.
   * @throws LlnError with the reason; a check that crashes or does not end is GOLDEN_VECTORS_FAILED.
   */
  check(path: string, digest: Digest, signal: AbortSignal): Promise<void>;
}
