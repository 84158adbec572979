import type { Manifest } from '@liquid-lln/protocol';

/** How far a candidate's answers are from those of the live package. */
export interface DisagreementFigures {
  /** Steps that both answered. */
  readonly compared: number;
  /** See `Disagreement`; null before anything was compared, or if the answers cannot be compared at all. */
  readonly share: number | null;
}

type DescribedOutputs = Pick<Manifest, 'outputs'> & { readonly network: Pick<Manifest['network'], 'outputSize'> };

/**
 * Compares a candidate's outputs with those of the live package, step by step, for the same inputs. Of logits: the share
 * of steps in which another output is the largest. Of values: the root of the mean square difference, as a share of the
 * standard deviation of what the live package answers, of the output in which it is largest.
 */
export class Disagreement {
  readonly #size: number;
  readonly #isLogits: boolean;
  readonly #isComparable: boolean;
  /** Written in place: taking an answer allocates next to nothing. */
  readonly #counts = { steps: 0, otherLabels: 0 };
  /** Of each output: the mean of the live one and the sum of squares about it (Welford's), and of the differences. */
  readonly #mean: Float64Array;
  readonly #deviation: Float64Array;
  readonly #difference: Float64Array;

  constructor(live: DescribedOutputs, candidate: DescribedOutputs) {
    this.#size = live.network.outputSize;
    this.#isLogits = live.outputs.kind === 'logits';
    this.#isComparable = candidate.network.outputSize === this.#size && candidate.outputs.kind === live.outputs.kind;
    this.#mean = new Float64Array(this.#size);
    this.#deviation = new Float64Array(this.#size);
    this.#difference = new Float64Array(this.#size);
  }

  /** Takes the outputs of some steps, those of one after those of the other; what is not finite is judged elsewhere. */
  add(live: Float32Array, candidate: Float32Array): void {
    if (!this.#isComparable || live.length !== candidate.length) return;
    for (let first = 0; first < live.length; first += this.#size) {
      const [one, other] = [live, candidate].map((outputs) => outputs.subarray(first, first + this.#size));
      if (one !== undefined && other !== undefined) this.#addStep(one, other);
    }
  }

  get figures(): DisagreementFigures {
    const { steps, otherLabels } = this.#counts;
    if (steps === 0) return { compared: 0, share: null };
    return { compared: steps, share: this.#isLogits ? otherLabels / steps : this.#valueShare() };
  }

  #addStep(live: Float32Array, candidate: Float32Array): void {
    if (!live.every(Number.isFinite) || !candidate.every(Number.isFinite)) return;
    this.#counts.steps += 1;
    if (indexOfLargest(live) !== indexOfLargest(candidate)) this.#counts.otherLabels += 1;
    for (let index = 0; index < this.#size; index += 1) {
      this.#addValue(index, live[index] ?? 0, candidate[index] ?? 0);
    }
  }

  #addValue(index: number, live: number, candidate: number): void {
    const before = this.#mean[index] ?? 0;
    const mean = before + (live - before) / this.#counts.steps;
    this.#mean[index] = mean;
    this.#deviation[index] = (this.#deviation[index] ?? 0) + (live - before) * (live - mean);
    this.#difference[index] = (this.#difference[index] ?? 0) + (live - candidate) ** 2;
  }

  #valueShare(): number {
    const shares = Array.from(this.#difference, (difference, index) => {
      if (difference === 0) return 0;
      // An output that never changes has no scale of its own: any difference is all of it.
      const deviation = this.#deviation[index] ?? 0;
      return deviation === 0 ? 1 : Math.sqrt(difference / deviation);
    });
    return Math.max(...shares);
  }
}

function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index += 1) if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  return best;
}
