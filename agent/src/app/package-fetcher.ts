import {
  type Backoff,
  backoffDelayMs,
  type Clock,
  LlnError,
  type PackageReference,
  type Random,
  type TransferManifest,
} from '@liquid-lln/protocol';
import type { Logger } from '../ports/logger.js';
import type { PackageSource } from '../ports/package-source.js';
import type { Storage } from '../ports/storage.js';
import { delay } from './delay.js';
import {
  checkRoom,
  checkTransfer,
  findMissingChunks,
  incomingPath,
  isChunkIntact,
  removeOtherIncoming,
} from './incoming-package.js';

export interface PackageFetcherComponents {
  readonly storage: Storage;
  readonly source: PackageSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** How long a transfer is tried while the broker is there; time without a broker does not count. */
export const fetchDefaults = {
  backoff: { firstMs: 500, maxMs: 30_000 } satisfies Backoff,
  attemptsMax: 10,
} as const;

export interface FetchProgress {
  readonly chunksDone: number;
  readonly chunks: number;
  readonly receivedBytes: number;
}

export interface FetchRequest {
  readonly package: PackageReference;
  readonly batchSize: number;
  readonly signal: AbortSignal;
  onProgress(progress: FetchProgress): void;
}

/** Brings packages into `incoming/`, chunk by chunk, and goes on where an earlier attempt stopped. */
export class PackageFetcher {
  readonly #components: PackageFetcherComponents;
  readonly #attemptsMax: number;
  readonly #backoff: Backoff;

  constructor(components: PackageFetcherComponents, init: { attemptsMax?: number; backoff?: Backoff } = {}) {
    this.#components = components;
    this.#attemptsMax = init.attemptsMax ?? fetchDefaults.attemptsMax;
    this.#backoff = init.backoff ?? fetchDefaults.backoff;
  }

  /**
   * Resolves when all of the package's bytes are there; nothing is verified but the chunks' digests.
   * @throws LlnError STORAGE_FULL, STORAGE_FAILED, PACKAGE_MALFORMED, TIMED_OUT; or the signal's reason.
   */
  async fetch({ package: wanted, batchSize, signal, onProgress }: FetchRequest): Promise<void> {
    const { storage, source } = this.#components;
    await removeOtherIncoming(storage, wanted.digest);
    await checkRoom(storage, wanted);
    const manifest = await this.#insist('the transfer manifest', signal, () => source.manifest(wanted.digest, signal));
    checkTransfer(manifest, wanted);
    const missing = await findMissingChunks(storage, manifest);
    const chunks = manifest.chunkDigests.length;
    let chunksDone = chunks - missing.length;
    const report = () =>
      onProgress({ chunksDone, chunks, receivedBytes: Math.min(wanted.sizeBytes, chunksDone * manifest.chunkBytes) });
    report();
    await inBatches(missing, batchSize, async (index) => {
      await this.#fetchChunk(manifest, index, signal);
      chunksDone += 1;
      report();
    });
  }

  async #fetchChunk(manifest: TransferManifest, index: number, signal: AbortSignal): Promise<void> {
    const { storage, source, logger } = this.#components;
    const data = await this.#insist(`chunk ${index}`, signal, async () => {
      const chunk = await source.chunk(manifest.digest, index, signal);
      if (chunk === null || isChunkIntact(manifest, index, chunk)) return chunk;
      logger.warn('a chunk is not what its digest promises', { digest: manifest.digest, index });
      return null;
    });
    await storage.writeAt(incomingPath(manifest.digest), index * manifest.chunkBytes, data);
  }

  /** Asks again, with growing waits, and gives up in the end. */
  async #insist<T>(what: string, signal: AbortSignal, ask: () => Promise<T | null>): Promise<T> {
    const { clock, random, source } = this.#components;
    for (let attempt = 0; attempt < this.#attemptsMax; attempt += 1) {
      await source.whenReachable(signal);
      const answer = await ask();
      if (answer !== null) return answer;
      await delay(clock, backoffDelayMs(this.#backoff, attempt, random), signal);
    }
    throw new LlnError('TIMED_OUT', `${what} did not arrive in ${this.#attemptsMax} attempts`);
  }
}

/** Works on `width` items at once; after a failure no new one begins, and those begun have ended when it is thrown. */
async function inBatches(items: number[], width: number, work: (item: number) => Promise<void>): Promise<void> {
  const runs = Array.from({ length: Math.min(width, items.length) }, async () => {
    try {
      for (let item = items.shift(); item !== undefined; item = items.shift()) await work(item);
    } catch (error) {
      items.length = 0;
      throw error;
    }
  });
  const failed = (await Promise.allSettled(runs)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
