import { type OutputProfile, profileCuts } from './output-profile.js';

const parts = profileCuts + 1;
/** An output counts as saturated within this share of its range's width from an end. */
const endShare = 1e-3;

/** The outputs of some steps, counted. What is allocated is allocated once: `add` runs with every inference. */
export class OutputBlock {
  readonly #outputSize: number;
  readonly #low: number;
  readonly #high: number;
  readonly #cuts: Float64Array;
  readonly #counts: Float64Array;
  #steps = 0;
  #saturated = 0;

  /** @param cuts `profileCuts` for each output, one output after the other. */
  constructor(range: readonly [number, number] | null, cuts: Float64Array) {
    const margin = range === null ? 0 : (range[1] - range[0]) * endShare;
    this.#outputSize = cuts.length / profileCuts;
    this.#low = range === null ? Number.NEGATIVE_INFINITY : range[0] + margin;
    this.#high = range === null ? Number.POSITIVE_INFINITY : range[1] - margin;
    this.#cuts = cuts;
    this.#counts = new Float64Array(this.#outputSize * parts);
  }

  get steps(): number {
    return this.#steps;
  }

  /** The share of steps with an output at an end of the range. */
  get saturation(): number {
    return this.#saturated / this.#steps;
  }

  /** Steps in each part of each output's distribution. */
  get counts(): ArrayLike<number> {
    return this.#counts;
  }

  /** Takes the outputs of one step, which begin at `first`; all of them finite. */
  add(values: Float32Array, first: number): void {
    let isSaturated = false;
    for (let output = 0; output < this.#outputSize; output += 1) {
      const value = values[first + output] ?? 0;
      if (value <= this.#low || value >= this.#high) isSaturated = true;
      const index = output * parts + this.#partOf(value, output * profileCuts);
      this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    }
    this.#steps += 1;
    if (isSaturated) this.#saturated += 1;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#steps = 0;
    this.#saturated = 0;
  }

  #partOf(value: number, firstCut: number): number {
    let part = 0;
    while (part < profileCuts && value > (this.#cuts[firstCut + part] ?? 0)) part += 1;
    return part;
  }
}

/** A package's cuts as `OutputBlock` takes them. */
export function cutsOf(profile: Pick<OutputProfile, 'outputs'>): Float64Array {
  return Float64Array.from(profile.outputs.flatMap(({ cuts }) => cuts));
}

/** A package's counts, as `distributionDistance` takes them. */
export function countsOf(profile: Pick<OutputProfile, 'outputs'>): Float64Array {
  return Float64Array.from(profile.outputs.flatMap(({ counts }) => counts));
}

/** Counts of some steps. */
export interface StepCounts {
  readonly counts: ArrayLike<number>;
  readonly steps: number;
}

/**
 * The largest difference between two cumulative distributions at the cuts (the distance of Kolmogorov and Smirnov), over
 * all outputs.
 */
export function distributionDistance(seen: StepCounts, expected: StepCounts): number {
  let distance = 0;
  for (let first = 0; first < seen.counts.length; first += parts) {
    let [sum, sumExpected] = [0, 0];
    for (let part = first; part < first + profileCuts; part += 1) {
      sum += seen.counts[part] ?? 0;
      sumExpected += expected.counts[part] ?? 0;
      distance = Math.max(distance, Math.abs(sum / seen.steps - sumExpected / expected.steps));
    }
  }
  return distance;
}

/** Counts steps in a row whose inputs differ from those before while the outputs stay the same to the bit. */
export class StuckRun {
  readonly #inputs: Float32Array;
  readonly #outputs: Float32Array;
  #isFirst = true;
  #steps = 0;
  #hasChanged = false;

  constructor(inputSize: number, outputSize: number) {
    this.#inputs = new Float32Array(inputSize);
    this.#outputs = new Float32Array(outputSize);
  }

  get steps(): number {
    return this.#steps;
  }

  /** Whether the outputs have ever changed. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  /** Takes a step whose inputs and outputs begin at `firstInput` and `firstOutput`. */
  add(inputs: Float32Array, firstInput: number, outputs: Float32Array, firstOutput: number): void {
    const isOtherInput = replace(this.#inputs, inputs, firstInput);
    const isOtherOutput = replace(this.#outputs, outputs, firstOutput);
    if (this.#isFirst) {
      this.#isFirst = false;
      return;
    }
    if (isOtherOutput) {
      this.#steps = 0;
      this.#hasChanged = true;
    } else if (isOtherInput) this.#steps += 1;
  }
}

/** Copies as many values as `kept` holds; whether any of them was another. */
function replace(kept: Float32Array, values: Float32Array, first: number): boolean {
  let isOther = false;
  for (let index = 0; index < kept.length; index += 1) {
    const value = values[first + index] ?? 0;
    if (value === kept[index]) continue;
    kept[index] = value;
    isOther = true;
  }
  return isOther;
}
