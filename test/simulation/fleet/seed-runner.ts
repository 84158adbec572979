import { Worker } from 'node:worker_threads';
import type { BatchResult, SeedBatch } from './seed-worker.js';

/** Seeds handed to a thread at once: few enough that all threads end at about the same time. */
const batchSeedsMax = 20;

export interface SeedRange {
  readonly first: number;
  readonly seeds: number;
  readonly isDigested: boolean;
}

/** Several threads take batches of seeds until there are none left, or nobody wants more. */
export class SeedRunner {
  readonly #range: SeedRange;
  readonly #onBatch: (result: BatchResult) => void;
  readonly #workers = new Set<Worker>();
  /** The beginnings of batches that threads have at work. */
  readonly #atWork = new Set<number>();
  #next: number;
  #isStopped = false;

  constructor(range: SeedRange, onBatch: (result: BatchResult) => void) {
    this.#range = range;
    this.#onBatch = onBatch;
    this.#next = range.first;
  }

  /** The first seed without a result, or the one after the last: where another run has to go on. */
  get resumeAt(): number {
    return Math.min(this.#next, ...this.#atWork);
  }

  /** Resolves when all seeds have run, or after `stop`. @throws what ended a thread. */
  async run(jobs: number): Promise<void> {
    const threads = Math.min(jobs, Math.ceil(this.#range.seeds / batchSeedsMax));
    await Promise.all(Array.from({ length: threads }, () => this.#runThread()));
  }

  /** Gives up what is at work. */
  stop(): void {
    this.#isStopped = true;
    for (const worker of this.#workers) void worker.terminate();
  }

  #runThread(): Promise<void> {
    const worker = new Worker(new URL('./seed-worker.js', import.meta.url));
    this.#workers.add(worker);
    return new Promise((resolve, reject) => {
      worker.on('message', (result: BatchResult) => {
        this.#atWork.delete(result.from);
        this.#onBatch(result);
        this.#give(worker);
      });
      worker.once('error', reject);
      worker.once('exit', () => {
        this.#workers.delete(worker);
        resolve();
      });
      this.#give(worker);
    });
  }

  /** The next batch; a thread for which there is none ends. */
  #give(worker: Worker): void {
    const { first, seeds, isDigested } = this.#range;
    const batch: SeedBatch = {
      from: this.#next,
      to: Math.min(first + seeds, this.#next + batchSeedsMax),
      isDigested,
    };
    if (this.#isStopped || batch.from >= batch.to) return void worker.terminate();
    this.#next = batch.to;
    this.#atWork.add(batch.from);
    worker.postMessage(batch);
  }
}
