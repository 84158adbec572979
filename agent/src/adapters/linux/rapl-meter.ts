import { join } from 'node:path';
import { readNumber } from './files.js';

/** Average power between two readings of a RAPL energy counter, which wraps at a range of its own. */
export class RaplMeter {
  readonly #folder: string;
  #before: { readonly microjoules: number; readonly atMs: number } | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Milliwatts since the last reading; null for the first one and where the counter cannot be read, as by all but root. */
  readMw(nowMs: number): number | null {
    const microjoules = readNumber(join(this.#folder, 'energy_uj'));
    const before = this.#before;
    this.#before = microjoules === null ? null : { microjoules, atMs: nowMs };
    if (before === null || microjoules === null || nowMs <= before.atMs) return null;
    const range = readNumber(join(this.#folder, 'max_energy_range_uj')) ?? 0;
    const grown =
      microjoules >= before.microjoules ? microjoules - before.microjoules : microjoules + range - before.microjoules;
    return grown / (nowMs - before.atMs);
  }
}
