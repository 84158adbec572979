import { seededRandom } from '@liquid-lln/protocol';

/** Inputs that every contestant gets, over and over: a power of two of steps. */
export interface Series {
  readonly rows: readonly Float32Array[];
  readonly timeSteps: Float32Array;
}

/** The same, for some sessions at once. Each session begins at another place of the series, so that none are alike. */
export interface SessionSeries extends Series {
  readonly sessions: number;
}

const seriesSteps = 16;

/** Readings about a usual value and with a usual spread (0 and 1 unless given), at irregular times. */
export function randomSeries(
  inputs: number,
  seed: number,
  like: { readonly mean: Float32Array; readonly std: Float32Array } | null,
): Series {
  const random = seededRandom(seed);
  const row = () =>
    Float32Array.from({ length: inputs }, (_, i) => (like?.mean[i] ?? 0) + (2 * random() - 1) * (like?.std[i] ?? 1));
  return {
    rows: Array.from({ length: seriesSteps }, row),
    timeSteps: Float32Array.from({ length: seriesSteps }, () => 0.5 + random()),
  };
}

/** The inputs of all sessions in each step: `[session][input]`. */
export function sessionRows({ rows, sessions }: SessionSeries): Float32Array[] {
  return rows.map((_, step) =>
    Float32Array.from(
      Array.from({ length: sessions }, (_, session) => [...(rows[(step + session) % rows.length] ?? [])]).flat(),
    ),
  );
}
