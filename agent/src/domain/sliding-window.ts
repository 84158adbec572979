import { type ErrorFigures, errorRateInferencesFull, SketchBuilder, type WindowFigures } from '@liquid-lln/protocol';
import { type InferenceSample, type InferenceTally, tallySample } from './inference-sample.js';

/** What a window counts; the machine's own figures are added by whoever reads its sensors. */
export type WindowCounts = Pick<
  WindowFigures,
  | 'seconds'
  | 'inferences'
  | 'errors'
  | 'rejected'
  | 'probes'
  | 'probeErrors'
  | 'nonFinite'
  | 'latencyUs'
  | 'latencyBatches'
>;

interface Bucket extends InferenceTally {
  readonly index: number;
  /** Inferences of clients in all buckets before, ever: the difference of two tells what lies between. */
  readonly clientsBefore: number;
  rejected: number;
  /** Answers to clients that held NaN or an infinity. */
  nonFinite: number;
  readonly latency: SketchBuilder;
}

function newBucket(index: number, clientsBefore: number): Bucket {
  const counts = { inferences: 0, errors: 0, probes: 0, probeErrors: 0, rejected: 0, nonFinite: 0 };
  return { index, clientsBefore, latency: new SketchBuilder(), ...counts };
}

function addSample(bucket: Bucket, sample: InferenceSample): void {
  tallySample(bucket, sample);
  if (!sample.isProbe && sample.answer?.isAllFinite === false) bucket.nonFinite += 1;
  if (sample.latencyUs !== null) bucket.latency.add(sample.latencyUs);
}

function addCounts(bucket: Bucket, other: Bucket): void {
  bucket.inferences += other.inferences;
  bucket.errors += other.errors;
  bucket.probes += other.probes;
  bucket.probeErrors += other.probeErrors;
  bucket.rejected += other.rejected;
  bucket.nonFinite += other.nonFinite;
}

/** How many inferences of clients there have been, ever, at the end of a bucket. */
function clientsUpTo({ clientsBefore, inferences, probes }: Bucket): number {
  return clientsBefore + inferences - probes;
}

/** Buckets kept at most: windows of over an hour use coarser buckets. */
const bucketsMax = 3_600;
/** How far back a window reaches at most for inferences that its own span does not hold. */
const reachSecondsMax = 3_600;
/** More than any window reaches back for. */
const clientInferencesKept = 10 * errorRateInferencesFull;

/** What a caller wants counted. */
export interface WindowSpan {
  readonly seconds: number;
  /** Where the seconds hold fewer inferences, the window reaches further back for them, by an hour at most. */
  readonly inferencesMin?: number;
  /** The same for those of clients alone. */
  readonly clientInferencesMin?: number;
}

/**
 * Counts over the last seconds, in buckets of one second of a monotonic clock. Time is an argument: the window has no
 * clock, and a wall clock that jumps is none of its business.
 */
export class SlidingWindow {
  readonly #startedMs: number;
  readonly #bucketMs: number;
  readonly #spanSecondsMax: number;
  readonly #buckets: Bucket[] = [];

  constructor(spanSecondsMax: number, nowMs: number) {
    this.#startedMs = nowMs;
    this.#spanSecondsMax = spanSecondsMax;
    this.#bucketMs = 1_000 * Math.max(1, Math.ceil(spanSecondsMax / bucketsMax));
  }

  addInference(sample: InferenceSample, nowMs: number): void {
    addSample(this.#bucketAt(nowMs), sample);
  }

  addRejected(nowMs: number): void {
    this.#bucketAt(nowMs).rejected += 1;
  }

  /** The last seconds, or all since the window began if that is less. */
  count(span: WindowSpan, nowMs: number): WindowCounts {
    const { merged, seconds, firstPlace } = this.#merge(span, nowMs);
    const { inferences, errors, rejected, probes, probeErrors, nonFinite } = merged;
    const counts = { seconds, inferences, errors, rejected, probes, probeErrors, nonFinite };
    return { ...counts, ...mergeLatencies(this.#buckets.slice(firstPlace)) };
  }

  /** The same, of the errors alone. */
  countErrors(span: WindowSpan, nowMs: number): ErrorFigures {
    const { merged, seconds } = this.#merge(span, nowMs);
    const { inferences, errors, probes, probeErrors } = merged;
    return { seconds, inferences, errors, probes, probeErrors };
  }

  #merge({ seconds, inferencesMin = 0, clientInferencesMin = 0 }: WindowSpan, nowMs: number) {
    const first = this.#indexAt(nowMs - seconds * 1_000) + 1;
    const earliest = Math.min(first, this.#indexAt(nowMs - reachSecondsMax * 1_000) + 1);
    const merged = newBucket(first, 0);
    let reached = first;
    let firstPlace = this.#buckets.length;
    for (; firstPlace > 0; firstPlace -= 1) {
      const bucket = this.#buckets[firstPlace - 1];
      const isEnough = merged.inferences >= inferencesMin && merged.inferences - merged.probes >= clientInferencesMin;
      if (bucket === undefined || bucket.index < earliest || (bucket.index < first && isEnough)) break;
      addCounts(merged, bucket);
      reached = Math.min(reached, bucket.index);
    }
    const elapsed = (nowMs - this.#startedMs) / 1_000;
    const covered = Math.min(elapsed, Math.max(seconds, elapsed - (reached * this.#bucketMs) / 1_000));
    return { merged, seconds: covered, firstPlace };
  }

  #indexAt(nowMs: number): number {
    return Math.floor((nowMs - this.#startedMs) / this.#bucketMs);
  }

  #bucketAt(nowMs: number): Bucket {
    const index = this.#indexAt(nowMs);
    const last = this.#buckets.at(-1);
    if (last !== undefined && last.index >= index) return last;
    const bucket = newBucket(index, last === undefined ? 0 : clientsUpTo(last));
    this.#buckets.push(bucket);
    this.#forget(bucket.clientsBefore, nowMs);
    return bucket;
  }

  /** What no window can reach any more: past the span, with enough that is newer. */
  #forget(clients: number, nowMs: number): void {
    const kept = this.#indexAt(nowMs - this.#spanSecondsMax * 1_000);
    for (let oldest = this.#buckets[0]; oldest !== undefined && oldest.index < kept; oldest = this.#buckets[0]) {
      const isNeeded = clients - clientsUpTo(oldest) < clientInferencesKept;
      if (isNeeded && this.#buckets.length <= bucketsMax) return;
      this.#buckets.shift();
    }
  }
}

function mergeLatencies(buckets: readonly Bucket[]): Pick<WindowCounts, 'latencyUs' | 'latencyBatches'> {
  const [all, batches] = [new SketchBuilder(), new SketchBuilder()];
  for (const { latency } of buckets) {
    all.mergeBuilder(latency);
    if (latency.mean !== null) batches.add(latency.mean);
  }
  return { latencyUs: all.build(), latencyBatches: batches.build() };
}
