import { createHash } from 'node:crypto';
import {
  decodeCbor,
  decodeMessage,
  type PackageChunk,
  packageChunkSchema,
  type TransferManifest,
  transferManifestSchema,
  type WaveDocument,
  waveDocumentSchema,
} from '@liquid-lln/protocol';

/**
 * What every gateway gets alike is decoded and checked once for all of them: they share a processor here that they do not
 * share in a fleet.
 */
export class SharedDocuments {
  readonly #wave = new Latest((data) => decodeMessage(waveDocumentSchema, data, 'wave document'));
  readonly #manifest = new Latest((data) => decodeMessage(transferManifestSchema, data, 'manifest'));
  readonly #chunk = new Latest((data) => decodeMessage(packageChunkSchema, data, 'chunk'));
  readonly #digest = new Latest((data) => {
    const { data: chunk } = decodeCbor(data, 'chunk') as PackageChunk;
    return createHash('sha256').update(chunk).digest('hex');
  });

  wave(payload: Buffer): WaveDocument {
    return this.#wave.of(payload);
  }

  manifest(payload: Buffer): TransferManifest {
    return this.#manifest.of(payload);
  }

  /** @returns its SHA-256 */
  chunk(payload: Buffer): string {
    this.#chunk.of(payload);
    return this.#digest.of(payload);
  }
}

/** Remembers the last answer, and gives it again for the same bytes. */
class Latest<T> {
  readonly #make: (data: Buffer) => T;
  #last: { readonly data: Buffer; readonly value: T } | null = null;

  constructor(make: (data: Buffer) => T) {
    this.#make = make;
  }

  of(data: Buffer): T {
    if (this.#last?.data.equals(data) !== true) this.#last = { data, value: this.#make(data) };
    return this.#last.value;
  }
}
