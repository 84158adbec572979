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

/** Inferences counted, in place: a sample must cost next to nothing. */
export interface InferenceTally {
  inferences: number;
  errors: number;
  /** Of them, those that the agent made itself. */
  probes: number;
  probeErrors: number;
}

export function tallySample(tally: InferenceTally, sample: InferenceSample): void {
  const isBad = isBadSample(sample);
  tally.inferences += 1;
  if (isBad) tally.errors += 1;
  if (sample.isProbe) tally.probes += 1;
  if (sample.isProbe && isBad) tally.probeErrors += 1;
}
