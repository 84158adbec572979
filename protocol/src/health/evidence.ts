import { countAbove, type Sketch, standardErrorOfMean } from './sketch.js';

/** How sure a breach must be before it counts, given that the package is healthy. */
export interface EvidenceLevel {
  /** The chance that a healthy package shows as much in one look. */
  readonly chance: number;
  /** The same chance in standard deviations of a normal distribution. */
  readonly deviations: number;
}

/**
 * A window is looked at once a second, so a chance must be small over all looks together (Boole's inequality): 31 million
 * looks a year at one in a thousand million are three in a hundred at most. An alert does less harm and may be more frequent.
 */
export const evidenceLevels = {
  alert: { chance: 1e-6, deviations: 4.753 },
  rollback: { chance: 1e-9, deviations: 5.998 },
} as const satisfies Record<'alert' | 'rollback', EvidenceLevel>;

/**
 * The chance of `successes` or more among `trials` independent ones of probability `p` each: the upper tail of the
 * binomial distribution, summed exactly (the test of Clopper and Pearson, Biometrika 26, 1934).
 */
export function binomialTail(successes: number, trials: number, p: number): number {
  if (successes <= 0) return 1;
  if (successes > trials || p <= 0) return 0;
  if (p >= 1) return 1;
  // Below the mean the terms still grow: the lower tail is the one that can be summed in a few steps.
  if (successes <= trials * p) return 1 - binomialTail(trials - successes + 1, trials, 1 - p);
  let term = Math.exp(logTerm(successes, trials, p));
  let sum = term;
  for (let index = successes; index < trials && term > sum * 1e-12; index += 1) {
    term *= ((trials - index) / (index + 1)) * (p / (1 - p));
    sum += term;
  }
  return Math.min(1, sum);
}

function logTerm(successes: number, trials: number, p: number): number {
  const ways = logGamma(trials + 1) - logGamma(successes + 1) - logGamma(trials - successes + 1);
  return ways + successes * Math.log(p) + (trials - successes) * Math.log1p(-p);
}

/** ln Gamma(x), by Stirling's series (Abramowitz and Stegun 6.1.41), moved to where three terms give ten digits; for x >= 1. */
export function logGamma(x: number): number {
  let shifted = x;
  let product = 1;
  for (; shifted < 10; shifted += 1) product *= shifted;
  const inverse = 1 / shifted;
  const series = inverse * (1 / 12 - inverse * inverse * (1 / 360 - (inverse * inverse) / 1260));
  return (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}

/**
 * Whether a mean over `healthyMax` is more than noise. What is tested are means of batches: samples of the same moment
 * share its stalls and bursts, so only different moments are independent witnesses (the method of batch means: Law,
 * Simulation Modeling and Analysis, chapter 9). Either of two tests will do:
 * - the mean of the batches lies above by so many of its own standard errors (Student's t). One long stall raises the
 *   error as much as the mean; on figures with a long upper tail the test errs towards waiting;
 * - so many batches lie above one by one that chance does not explain it (the sign test), which sees a shift of the
 *   whole distribution through the heaviest tail.
 */
export function isMeanBeyondChance(batches: Sketch, healthyMax: number, level: EvidenceLevel): boolean {
  if (batches.count < 2) return false;
  const excess = batches.sum / batches.count - healthyMax;
  if (excess > studentDeviations(level.deviations, batches.count - 1) * standardErrorOfMean(batches)) return true;
  return binomialTail(countAbove(batches, healthyMax), batches.count, 0.5) <= level.chance;
}

/**
 * The quantile of Student's t that has the chance of `z` under a normal distribution (Abramowitz and Stegun 26.7.5). The
 * series is for many degrees: at 18 the chance is 1.2 times the one asked for at most, at 9 three times, below it is only
 * an order of magnitude.
 */
function studentDeviations(z: number, degrees: number): number {
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  return terms.reduce((sum, term, power) => sum + term / degrees ** (power + 1), z);
}
