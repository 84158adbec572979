import type { Figure, MissingFigure } from '../bench.js';
import { ratiosOf, type Summary, summarize } from '../measure/statistics.js';

/** Rounds of nanoseconds per step, by contestant. */
export type Rounds = ReadonlyMap<string, readonly number[]>;

/** What a case found out. */
export interface CaseResult {
  readonly figures: readonly Figure[];
  readonly missing: readonly MissingFigure[];
}

/** Names of those who run a case, as metrics have them. */
export const contestantNames = {
  kernel: 'kernel',
  sequence: 'kernel-sequence',
  onnxruntime: 'onnxruntime-node',
  tfjs: 'tfjs-wasm',
  plainJs: 'plain-js',
} as const;

/** Everybody whom the kernel is compared with. */
const peerNames: readonly string[] = [contestantNames.onnxruntime, contestantNames.tfjs, contestantNames.plainJs];

/** Figures of one case, from the rounds of its contestants. */
export class CaseFigures {
  readonly #case: string;
  readonly #rounds: Rounds;
  readonly #figures: Figure[] = [];

  constructor(name: string, rounds: Rounds) {
    this.#case = name;
    this.#rounds = rounds;
  }

  add(metric: string, value: number, unit: string): this {
    this.#figures.push({ case: this.#case, metric, value: rounded(value), unit });
    return this;
  }

  /** The kernel's own time and rate. */
  addKernel(): this {
    const { median, min, max } = this.summary(contestantNames.kernel);
    this.add('ns-per-step', median, 'ns').add('ns-per-step-min', min, 'ns').add('ns-per-step-max', max, 'ns');
    return this.add('steps-per-second', 1e9 / median, '1/s');
  }

  /** The time of every peer that took part, and how many times faster the kernel is, round by round. */
  addPeers(): this {
    for (const peer of peerNames) {
      if (this.#rounds.has(peer)) this.add(`ns-per-step-${peer}`, this.summary(peer).median, 'ns').addRatio(peer);
    }
    return this;
  }

  /** How many times faster the kernel, or `one`, is than `other`. */
  addRatio(other: string, metric = `ratio-to-${other}`, one: string = contestantNames.kernel): this {
    return this.add(metric, summarize(ratiosOf(this.#roundsOf(other), this.#roundsOf(one))).median, 'x');
  }

  summary(contestant: string): Summary {
    return summarize(this.#roundsOf(contestant));
  }

  finish(): Figure[] {
    return this.#figures;
  }

  #roundsOf(contestant: string): readonly number[] {
    const rounds = this.#rounds.get(contestant);
    if (rounds === undefined) throw new Error(`${contestant} did not take part in ${this.#case}`);
    return rounds;
  }
}

/** Four digits: more than noise leaves. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
