import { type Sketch, SketchBuilder, type WindowFigures } from '@liquid-lln/protocol';

/** What a window counts; the machine's own figures are added by whoever reads its sensors. */
export type WindowCounts = Pick<
  WindowFigures,
  'seconds' | 'inferences' | 'errors' | 'rejected' | 'probes' | 'latencyUs'
>;

/** One inference that was tried. */
export interface InferenceSample {
  /** Null if the engine failed before it could be timed. */
  readonly latencyUs: number | null;
  readonly isError: boolean;
  readonly isProbe: boolean;
}

interface Bucket {
  readonly index: number;
  inferences: number;
  errors: number;
  rejected: number;
  probes: number;
  readonly latency: SketchBuilder;
}

/** Buckets kept at most: windows of over an hour use coarser buckets. */
const bucketsMax = 3_600;

/**
 * Counts over the last seconds, in buckets of one second of a monotonic clock. Time is an argument: the window has no
 * clock. A sample whose figure is not a finite number is a bad sample: it counts as an error, never as a zero.
 */
export class SlidingWindow {
  readonly #startedMs: number;
  readonly #bucketMs: number;
  readonly #buckets: Bucket[] = [];

  constructor(spanSecondsMax: number, nowMs: number) {
    this.#startedMs = nowMs;
    this.#bucketMs = 1_000 * Math.max(1, Math.ceil(spanSecondsMax / bucketsMax));
  }

  addInference({ latencyUs, isError, isProbe }: InferenceSample, nowMs: number): void {
    const bucket = this.#bucketAt(nowMs);
    const isTimed = latencyUs !== null && Number.isFinite(latencyUs) && latencyUs >= 0;
    bucket.inferences += 1;
    if (isProbe) bucket.probes += 1;
    if (isError || (latencyUs !== null && !isTimed)) bucket.errors += 1;
    if (isTimed) bucket.latency.add(latencyUs);
  }

  addRejected(nowMs: number): void {
    this.#bucketAt(nowMs).rejected += 1;
  }

  /** The last `seconds`, or all since the window began if that is less. */
  count(seconds: number, nowMs: number): WindowCounts {
    const first = this.#indexAt(nowMs - seconds * 1_000) + 1;
    const merged = newBucket(first);
    for (const bucket of this.#buckets) if (bucket.index >= first) mergeInto(merged, bucket);
    const { inferences, errors, rejected, probes } = merged;
    const latencyUs: Sketch = merged.latency.build();
    const covered = Math.min(seconds, (nowMs - this.#startedMs) / 1_000);
    return { seconds: covered, inferences, errors, rejected, probes, latencyUs };
  }

  #indexAt(nowMs: number): number {
    return Math.floor((nowMs - this.#startedMs) / this.#bucketMs);
  }

  #bucketAt(nowMs: number): Bucket {
    const index = this.#indexAt(nowMs);
    const last = this.#buckets.at(-1);
    if (last !== undefined && last.index >= index) return last;
    const bucket = newBucket(index);
    this.#buckets.push(bucket);
    while (this.#buckets.length > bucketsMax) this.#buckets.shift();
    return bucket;
  }
}

function newBucket(index: number): Bucket {
  return { index, inferences: 0, errors: 0, rejected: 0, probes: 0, latency: new SketchBuilder() };
}

function mergeInto(target: Bucket, source: Bucket): void {
  target.inferences += source.inferences;
  target.errors += source.errors;
  target.rejected += source.rejected;
  target.probes += source.probes;
  target.latency.merge(source.latency.build());
}
