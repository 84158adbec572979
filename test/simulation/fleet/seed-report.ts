import { createHash } from 'node:crypto';
import { addCounts, type CoverageCounts, describeCounts } from './coverage.js';
import type { BatchResult } from './seed-worker.js';

const msPerDay = 24 * 3_600_000;

/** What many runs have shown together. It does not grow with their number. */
export class SeedReport {
  #done = 0;
  #broken = 0;
  #steps = 0;
  #virtualMs = 0;
  readonly #coverage: CoverageCounts = new Map();
  /** The sum of all digests: batches end in any order. */
  #digest = 0n;

  add({ from, to, broken, steps, virtualMs, coverage, digests }: BatchResult): void {
    this.#done += to - from;
    this.#broken += broken.length;
    this.#steps += steps;
    this.#virtualMs += virtualMs;
    addCounts(this.#coverage, coverage);
    for (const digest of digests) this.#digest ^= BigInt(`0x${createHash('sha256').update(digest).digest('hex')}`);
  }

  get broken(): number {
    return this.#broken;
  }

  /** @param seeds of all runs that were asked for. */
  describeProgress(seeds: number, elapsedMs: number): string {
    const perSecond = (this.#done * 1_000) / Math.max(1, elapsedMs);
    const leftSeconds = perSecond === 0 ? null : Math.ceil((seeds - this.#done) / perSecond);
    const left = leftSeconds === null ? '' : `, ${describeSeconds(leftSeconds)} left`;
    return `${this.#done} of ${seeds} seeds, ${this.#broken} broken, ${perSecond.toFixed(1)} a second${left}`;
  }

  /** The digest of all runs, the same whatever their order. */
  describeDigest(): string {
    return `traces ${this.#digest.toString(16).padStart(64, '0')}`;
  }

  describeAll(elapsedMs: number): string[] {
    const days = (this.#virtualMs / msPerDay).toFixed(1);
    const took = describeSeconds(Math.round(elapsedMs / 1_000));
    return [
      ...describeCounts(this.#coverage),
      `${this.#done} seeds, ${this.#broken} broken, ${this.#steps} steps checked, ${days} virtual days, in ${took}`,
    ];
  }
}

function describeSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
