import { createHash } from 'node:crypto';
import { type Digest, LlnError, type PackageReference, type TransferManifest } from '@liquid-lln/protocol';
import type { Storage } from '../ports/storage.js';

const folder = 'incoming';

/** Where a package grows before it is verified. */
export function incomingPath(digest: Digest): string {
  return `${folder}/${digest}.part`;
}

/** Room that stays free for the record, the outbox and whoever else lives on the disk. */
export const reserveBytes = 4 * 1024 * 1024;
export const reserveInodes = 16;

/** Removes what is left of other packages' transfers. */
export async function removeOtherIncoming(storage: Storage, digest: Digest | null): Promise<void> {
  for (const name of await storage.list(folder)) {
    if (digest === null || name !== `${digest}.part`) await storage.remove(`${folder}/${name}`);
  }
}

/** @throws LlnError STORAGE_FULL if the package would not fit; nothing has been written then. */
export async function checkRoom(storage: Storage, { sizeBytes }: PackageReference): Promise<void> {
  const { freeBytes, freeInodes } = await storage.space();
  const neededBytes = sizeBytes + reserveBytes;
  if (freeBytes >= neededBytes && freeInodes >= reserveInodes) return;
  const context = { neededBytes, freeBytes, freeInodes };
  throw new LlnError('STORAGE_FULL', `the package needs ${neededBytes} bytes, ${freeBytes} are free`, context);
}

/** @throws LlnError PACKAGE_MALFORMED if the way a package travels does not fit the package that was asked for. */
export function checkTransfer(manifest: TransferManifest, wanted: PackageReference): void {
  const chunks = Math.ceil(manifest.sizeBytes / manifest.chunkBytes);
  const isRight =
    manifest.digest === wanted.digest &&
    manifest.sizeBytes === wanted.sizeBytes &&
    manifest.chunkDigests.length === chunks;
  if (!isRight) throw new LlnError('PACKAGE_MALFORMED', 'the transfer manifest is not the one of the package');
}

/** Whether a chunk is what the transfer manifest says it is. */
export function isChunkIntact(manifest: TransferManifest, index: number, data: Uint8Array): boolean {
  return createHash('sha256').update(data).digest('hex') === manifest.chunkDigests[index];
}

/**
 * The chunks still to fetch. What an earlier attempt left behind is judged by its content, so that no separate list
 * can be wrong about it after a power cut.
 */
export async function findMissingChunks(storage: Storage, manifest: TransferManifest): Promise<number[]> {
  const data = (await storage.read(incomingPath(manifest.digest))) ?? new Uint8Array();
  const { chunkBytes, sizeBytes, chunkDigests } = manifest;
  const missing: number[] = [];
  for (const index of chunkDigests.keys()) {
    const chunk = data.subarray(index * chunkBytes, Math.min((index + 1) * chunkBytes, sizeBytes));
    if (!isChunkIntact(manifest, index, chunk)) missing.push(index);
  }
  return missing;
}
