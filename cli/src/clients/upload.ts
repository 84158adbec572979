import { createHash } from 'node:crypto';
import { type Digest, digestSchema, LlnError, limits, type PackageView, parseWith } from '@liquid-lln/protocol';
import type { CoordinatorClient } from './coordinator-client.js';

/** Chunks that may be sent again because the coordinator lost its place, before an upload is given up. */
const setbacksMax = 3;

export interface UploadInit {
  readonly file: Uint8Array;
  /** Is told after each chunk how much the coordinator has. */
  readonly onProgress: (haveBytes: number) => void;
  readonly interrupted: AbortSignal;
}

/**
 * Brings a package file to the coordinator, going on where an earlier attempt stopped, and registers it.
 * @returns null if it was interrupted
 * @throws LlnError what the coordinator refuses the file with
 */
export async function uploadPackage(
  client: Pick<CoordinatorClient, 'request'>,
  { file, onProgress, interrupted }: UploadInit,
): Promise<PackageView | null> {
  const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'file digest');
  const sent = await sendFile(client, fileDigest, { file, onProgress, interrupted });
  if (sent.isInterrupted || sent.registered !== null) return sent.registered;
  return (await client.request({ kind: 'upload-close', fileDigest })).registered;
}

/** How sending a file ended; `registered` is the package that the file is already, if it is one. */
export interface SentFile {
  readonly registered: PackageView | null;
  readonly isInterrupted: boolean;
}

/** Brings a file to the coordinator, going on where an earlier attempt stopped. @throws LlnError */
export async function sendFile(
  client: Pick<CoordinatorClient, 'request'>,
  fileDigest: Digest,
  { file, onProgress, interrupted }: UploadInit,
): Promise<SentFile> {
  const opened = await client.request({ kind: 'upload-open', fileDigest, sizeBytes: file.length });
  if (opened.registered !== null) return { registered: opened.registered, isInterrupted: false };
  onProgress(opened.haveBytes);
  let offset = opened.haveBytes;
  for (let setbacks = 0; offset < file.length; ) {
    if (interrupted.aborted) return { registered: null, isInterrupted: true };
    const data = new Uint8Array(file.subarray(offset, offset + limits.chunkBytes));
    const { haveBytes } = await client.request({ kind: 'upload-chunk', fileDigest, offset, data });
    if (haveBytes <= offset && ++setbacks > setbacksMax) throw stuck(haveBytes, file.length);
    offset = haveBytes;
    onProgress(offset);
  }
  return { registered: null, isInterrupted: false };
}

function stuck(haveBytes: number, sizeBytes: number): LlnError {
  return new LlnError('MESSAGE_INVALID', `the upload does not get beyond byte ${haveBytes} of ${sizeBytes}`, {
    haveBytes,
    sizeBytes,
  });
}
