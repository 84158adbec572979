import { parentPort } from 'node:worker_threads';
import { addCounts, type CoverageCounts } from './coverage.js';
import { simulateFleet } from './simulate-fleet.js';

/** Seeds from `from` up to, but not including, `to`. */
export interface SeedBatch {
  readonly from: number;
  readonly to: number;
  readonly isDigested: boolean;
}

/** What the runs of a batch have shown. */
export interface BatchResult extends SeedBatch {
  readonly broken: readonly { readonly seed: number; readonly promise: string }[];
  readonly steps: number;
  readonly virtualMs: number;
  readonly coverage: CoverageCounts;
  /** One for each seed; empty if none were asked for. */
  readonly digests: readonly string[];
}

// A thread of its own: whoever started it sends batches, one after the other, and gets a result of each.
parentPort?.on('message', (batch: SeedBatch) => {
  void runBatch(batch).then((result) => parentPort?.postMessage(result));
});

async function runBatch(batch: SeedBatch): Promise<BatchResult> {
  const { from, to, isDigested } = batch;
  const broken: { seed: number; promise: string }[] = [];
  const coverage: CoverageCounts = new Map();
  const digests: string[] = [];
  let steps = 0;
  let virtualMs = 0;
  for (let seed = from; seed < to; seed += 1) {
    const result = await simulateFleet(seed, { isDigested });
    if (result.broken !== null) broken.push({ seed, promise: result.broken });
    if (isDigested) digests.push(`${seed} ${result.digest}`);
    addCounts(coverage, result.coverage);
    steps += result.steps;
    virtualMs += result.virtualMs;
  }
  return { ...batch, broken, steps, virtualMs, coverage, digests };
}
