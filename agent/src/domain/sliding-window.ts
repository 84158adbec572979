import { type ErrorFigures, errorRateInferencesFull, SketchBuilder, type WindowFigures } from '@liquid-lln/protocol';

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

/** One inference that was tried. */
export interface InferenceSample {
  /** Null if the engine failed before it could be timed. */
  readonly latencyUs: number | null;
  readonly isError: boolean;
  readonly isProbe: boolean;
  /** What went in and came out, where the engine answered. */
  readonly answer?: InferenceAnswerSample;
}

/** The steps of one inference; whoever gets them keeps none of these arrays. */
export interface InferenceAnswerSample {
  readonly inputs: Float32Array;
  readonly outputs: Float32Array;
  readonly steps: number;
  /** Whether the network went on from a state of its own, as it did over validation data. */
  readonly isStateful: boolean;
  readonly isAllFinite: boolean;
}

/** Whether the sample's figure is none: it counts as an error, never as a zero. */
export function isBadSample({ latencyUs, isError }: Pick<InferenceSample, 'latencyUs' | 'isError'>): boolean {
  return isError || (latencyUs !== null && !(Number.isFinite(latencyUs) && latencyUs >= 0));
}

class Bucket {
  readonly index: number;
  inferences = 0;
  errors = 0;
  rejected = 0;
  probes = 0;
  probeErrors = 0;
  nonFinite = 0;
  readonly latency = new SketchBuilder();

  constructor(index: number) {
    this.index = index;
  }

  add(sample: InferenceSample): void {
    const isBad = isBadSample(sample);
    this.inferences += 1;
    if (isBad) this.errors += 1;
    if (sample.isProbe) this.probes += 1;
    if (sample.isProbe && isBad) this.probeErrors += 1;
    if (!sample.isProbe && sample.answer?.isAllFinite === false) this.nonFinite += 1;
    if (sample.latencyUs !== null) this.latency.add(sample.latencyUs);
  }

  addCounts(other: Bucket): void {
    this.inferences += other.inferences;
    this.errors += other.errors;
    this.rejected += other.rejected;
    this.probes += other.probes;
    this.probeErrors += other.probeErrors;
    this.nonFinite += other.nonFinite;
  }
}

/** Buckets kept at most: windows of over an hour use coarser buckets. */
const bucketsMax = 3_600;
/** How far back a window reaches at most for inferences that its own span does not hold. */
const reachSecondsMax = 3_600;

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
  #clientInferences = 0;

  constructor(spanSecondsMax: number, nowMs: number) {
    this.#startedMs = nowMs;
    this.#spanSecondsMax = spanSecondsMax;
    this.#bucketMs = 1_000 * Math.max(1, Math.ceil(spanSecondsMax / bucketsMax));
  }

  addInference(sample: InferenceSample, nowMs: number): void {
    this.#bucketAt(nowMs).add(sample);
    if (!sample.isProbe) this.#clientInferences += 1;
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
    const merged = new Bucket(first);
    let reached = first;
    let firstPlace = this.#buckets.length;
    for (; firstPlace > 0; firstPlace -= 1) {
      const bucket = this.#buckets[firstPlace - 1];
      const isEnough = merged.inferences >= inferencesMin && merged.inferences - merged.probes >= clientInferencesMin;
      if (bucket === undefined || bucket.index < earliest || (bucket.index < first && isEnough)) break;
      merged.addCounts(bucket);
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
    const bucket = new Bucket(index);
    this.#buckets.push(bucket);
    this.#forget(nowMs);
    return bucket;
  }

  /** What no window can reach any more: past the span, with enough that is newer. */
  #forget(nowMs: number): void {
    const kept = this.#indexAt(nowMs - this.#spanSecondsMax * 1_000);
    for (let oldest = this.#buckets[0]; oldest !== undefined && oldest.index < kept; oldest = this.#buckets[0]) {
      const newer = this.#clientInferences - (oldest.inferences - oldest.probes);
      if (newer < clientInferencesKept && this.#buckets.length <= bucketsMax) return;
      this.#clientInferences = newer;
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

/** More than any window reaches back for. */
const clientInferencesKept = 10 * errorRateInferencesFull;
