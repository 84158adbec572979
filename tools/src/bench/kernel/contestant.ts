import type { Work } from '../measure/rounds.js';

/** One way to run a network, for a number of sessions at once. */
export interface Contestant extends Work {
  /** The answers of all sessions to the whole series, from the initial state: `[step][session][output]`. */
  answer(): Float32Array | Promise<Float32Array>;
  close(): void | Promise<void>;
}

/** Largest difference that float32 arithmetic in another order explains, of answers of the order of 1. */
const toleranceMax = 1e-4;

/** @throws Error if a contestant computes something else than the first one */
export async function requireSameAnswers(contestants: readonly Contestant[]): Promise<void> {
  const [first, ...others] = contestants;
  if (first === undefined) return;
  const expected = await first.answer();
  for (const other of others) {
    const difference = differenceOf(expected, await other.answer());
    if (difference <= toleranceMax) continue;
    throw new Error(`${other.name} differs from ${first.name} by ${difference}: they do not run the same network`);
  }
}

/** Relative to the larger of 1 and the expected value; infinite where one is not a number, or missing. */
export function differenceOf(expected: Float32Array, actual: Float32Array): number {
  if (expected.length !== actual.length) return Number.POSITIVE_INFINITY;
  return expected.reduce((worst, value, i) => {
    const difference = Math.abs(value - (actual[i] ?? Number.NaN)) / Math.max(1, Math.abs(value));
    return Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }, 0);
}
