import { createHash } from 'node:crypto';
import { type Digest, digestSchema } from '../base/ids.js';
import { limits } from '../base/limits.js';
import { parseWith } from '../base/schema.js';
import type { TransferManifest } from '../messages/device-messages.js';

/** A package as it travels: what to fetch, and the pieces; views of the file. */
export interface SplitPackage {
  readonly manifest: TransferManifest;
  readonly chunks: readonly Uint8Array[];
}

/** Cuts a package file into chunks of `chunkBytes`; the last one is shorter. */
export function splitPackage(file: Uint8Array, digest: Digest, chunkBytes: number = limits.chunkBytes): SplitPackage {
  const count = Math.ceil(file.length / chunkBytes);
  const chunks = Array.from({ length: count }, (_, index) =>
    file.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  const chunkDigests = chunks.map(sha256);
  return { manifest: { v: 1, digest, sizeBytes: file.length, chunkBytes, chunkDigests }, chunks };
}

function sha256(data: Uint8Array): Digest {
  return parseWith(digestSchema, createHash('sha256').update(data).digest('hex'), 'chunk digest');
}
