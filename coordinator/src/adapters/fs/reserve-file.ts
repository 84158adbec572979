import { randomBytes } from 'node:crypto';
import { rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskReserve } from '../../ports/disk-reserve.js';
import { writeDurably } from './durable-file.js';

const fileName = 'reserve.bin';
/** A stop of the largest fleet, twice: once in the log ahead of the store, and once in the store. */
const reserveBytes = 16 * 1024 * 1024;

/** A file that takes up room until it is needed. */
export class ReserveFile implements DiskReserve {
  readonly #path: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, fileName);
  }

  async release(): Promise<boolean> {
    try {
      await rm(this.#path);
      return true;
    } catch {
      return false;
    }
  }

  /** Only where as much again stays free, so that it is not the reserve that fills the disk. */
  async hold(): Promise<boolean> {
    try {
      if (await this.#isHeld()) return true;
      const { bavail, bsize } = await statfs(this.#folder);
      if (bavail * bsize < 2 * reserveBytes) return false;
      // Zeros would take no room where the file system compresses.
      await writeDurably(this.#path, randomBytes(reserveBytes), 0o600);
      return true;
    } catch {
      return false;
    }
  }

  async #isHeld(): Promise<boolean> {
    const found = await stat(this.#path).catch(() => null);
    return found?.size === reserveBytes;
  }
}
