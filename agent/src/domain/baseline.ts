import { finite, nonNegative } from '@liquid-lln/protocol';
import * as v from 'valibot';

/** Bands that a machine's temperature may pass through; more would be a broken sensor. */
const bandsMax = 16;

/** Mean latency in one thermal band. */
export const bandBaselineSchema = v.strictObject({ bandC: finite, latencyUs: nonNegative });
export const bandBaselinesSchema = v.pipe(v.array(bandBaselineSchema), v.maxLength(bandsMax));

/** What the package before was measured at, over all and in each thermal band that it was seen often enough in. */
export interface Baseline {
  readonly latencyUs: number;
  readonly bands: readonly v.InferOutput<typeof bandBaselineSchema>[];
}

interface Tally {
  sum: number;
  samples: number;
}

/** Learns a package's own latency while it is confirmed: every sample costs two additions. */
export class BaselineLearner {
  readonly #all: Tally = { sum: 0, samples: 0 };
  readonly #bands = new Map<number, Tally>();

  /** @param bandC null where nobody measures the temperature. */
  add(latencyUs: number, bandC: number | null): void {
    count(this.#all, latencyUs);
    if (bandC === null) return;
    const known = this.#bands.get(bandC);
    if (known !== undefined) count(known, latencyUs);
    else if (this.#bands.size < bandsMax) this.#bands.set(bandC, { sum: latencyUs, samples: 1 });
  }

  /** Null below `samplesMin`. */
  learned(samplesMin: number): Baseline | null {
    if (this.#all.samples < samplesMin) return null;
    const bands = [...this.#bands]
      .filter(([, { samples }]) => samples >= samplesMin)
      .map(([bandC, { sum, samples }]) => ({ bandC, latencyUs: sum / samples }))
      .sort((a, b) => a.bandC - b.bandC);
    return { latencyUs: this.#all.sum / this.#all.samples, bands };
  }
}

function count(tally: Tally, latencyUs: number): void {
  tally.sum += latencyUs;
  tally.samples += 1;
}

/** The baseline to compare with in a thermal band: that band's own where there is one. */
export function baselineIn({ latencyUs, bands }: Baseline, bandC: number | null) {
  return bands.find((band) => band.bandC === bandC) ?? { latencyUs, bandC: null };
}
