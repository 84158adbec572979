import {
  type AdoptedThresholds,
  type Digest,
  decodeCbor,
  encodeCbor,
  measuredFiguresSchema,
  parseWith,
  toErrorReport,
} from '@liquid-lln/protocol';
import * as v from 'valibot';
import type { Logger } from '../ports/logger.js';
import type { Storage } from '../ports/storage.js';

const path = 'thresholds.cbor';
/** Packages whose thresholds are kept, the newest last. */
const keptMax = 8;
const fileSchema = v.strictObject({
  v: v.literal(1),
  adopted: v.pipe(v.array(measuredFiguresSchema), v.maxLength(keptMax)),
});

/** Thresholds that an operator took from a baseline, by package: they come before what the package promises. */
export class ThresholdKeeper {
  readonly #storage: Storage;
  #adopted: readonly AdoptedThresholds[];

  private constructor(storage: Storage, adopted: readonly AdoptedThresholds[]) {
    this.#storage = storage;
    this.#adopted = adopted;
  }

  /** What cannot be read is as good as none: the package's own promises are then in force again. */
  static async open(storage: Storage, logger: Logger): Promise<ThresholdKeeper> {
    try {
      const file = await storage.read(path);
      if (file === null) return new ThresholdKeeper(storage, []);
      return new ThresholdKeeper(storage, parseWith(fileSchema, decodeCbor(file, path), path).adopted);
    } catch (error) {
      logger.error('the thresholds could not be read', { error: toErrorReport(error) });
      return new ThresholdKeeper(storage, []);
    }
  }

  /** Of a package; null if none were adopted for it. */
  of(digest: Digest): AdoptedThresholds | null {
    return this.#adopted.find((one) => one.digest === digest) ?? null;
  }

  /** In force when it is on the disk. @throws LlnError STORAGE_FULL, STORAGE_FAILED */
  async adopt(thresholds: AdoptedThresholds): Promise<void> {
    const others = this.#adopted.filter(({ digest }) => digest !== thresholds.digest);
    const adopted = [...others, thresholds].slice(-keptMax);
    await this.#storage.writeDurable(path, encodeCbor({ v: 1, adopted }));
    this.#adopted = adopted;
  }
}
