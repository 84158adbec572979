import type { Digest, PackageIdentity, SplitPackage } from '@liquid-lln/protocol';
import type { PackageNeeds } from '../domain/package-fit.js';

export interface VerifiedPackage {
  readonly identity: PackageIdentity;
  readonly needs: PackageNeeds;
  /** Ids of the trusted keys that signed it. */
  readonly signedBy: readonly string[];
}

/** Reads `.liquid` files. */
export interface PackageReader {
  /** @throws LlnError naming what is wrong with the file or its signatures */
  verify(file: Uint8Array): VerifiedPackage;
  digestOfFile(file: Uint8Array): Digest;
  /** As it travels. */
  split(file: Uint8Array, digest: Digest): SplitPackage;
}
