import type { Digest } from '@liquid-lln/protocol';

/** Package files and uploads on disk. Everything that a promise of theirs has resolved for survives a power cut. */
export interface PackageFiles {
  /** Bytes of an upload that are there; begins one that is new. */
  openUpload(fileDigest: Digest, sizeBytes: number): Promise<number>;
  /**
   * Adds bytes at the end of an upload and returns how many are there. Bytes that are already there are not written
   * again; bytes beyond a gap are not taken.
   */
  appendUpload(fileDigest: Digest, offset: number, data: Uint8Array): Promise<number>;
  readUpload(fileDigest: Digest): Promise<Uint8Array>;
  discardUpload(fileDigest: Digest): Promise<void>;
  savePackage(digest: Digest, file: Uint8Array): Promise<void>;
  readPackage(digest: Digest): Promise<Uint8Array>;
  /** By the SHA-256 of the file. */
  saveDataset(digest: Digest, file: Uint8Array): Promise<void>;
  readDataset(digest: Digest): Promise<Uint8Array>;
}
