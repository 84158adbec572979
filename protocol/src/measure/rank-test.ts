/** How two samples of the same figure lie to each other. */
export interface RankComparison {
  /** Two-sided: how likely a difference as clear as this is if there is none. */
  readonly p: number;
  /** By how much the second is larger than the first, typically: the median of all differences (Hodges and Lehmann). */
  readonly shift: number;
  /** The interval that holds the true shift in 95 of 100 cases. */
  readonly low: number;
  readonly high: number;
}

/** Below so many values on either side the normal approximation says too little. */
export const rankTestMin = 8;
const z = 1.959964;

/**
 * The test of Mann and Whitney (1947), with the correction for ties and for continuity; it assumes nothing about how the
 * values are distributed. Null for too few values.
 */
export function compareRanks(before: readonly number[], after: readonly number[]): RankComparison | null {
  const [n, m] = [before.length, after.length];
  if (n < rankTestMin || m < rankTestMin) return null;
  const { rankSum, tieTerm } = ranksOf(before, after);
  const u = rankSum - (m * (m + 1)) / 2;
  const all = n + m;
  const variance = ((n * m) / 12) * (all + 1 - tieTerm / (all * (all - 1)));
  const distance = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5);
  const p = variance === 0 ? 1 : Math.min(1, 2 * upperTail(distance / Math.sqrt(variance)));
  const differences = Float64Array.from(after.flatMap((later) => before.map((earlier) => later - earlier))).sort();
  const cut = Math.max(0, Math.floor((n * m) / 2 - z * Math.sqrt((n * m * (all + 1)) / 12)));
  return {
    p,
    shift: middleOf(differences),
    low: differences[cut] ?? 0,
    high: differences[differences.length - 1 - cut] ?? 0,
  };
}

/** Of `after` among all, equal values sharing their mean rank. */
function ranksOf(before: readonly number[], after: readonly number[]): { rankSum: number; tieTerm: number } {
  const all = [
    ...before.map((value) => ({ value, isAfter: false })),
    ...after.map((value) => ({ value, isAfter: true })),
  ].sort((a, b) => a.value - b.value);
  let rankSum = 0;
  let tieTerm = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1;
    const tied = to - from;
    rankSum += (all.slice(from, to).filter(({ isAfter }) => isAfter).length * (from + 1 + to)) / 2;
    tieTerm += tied ** 3 - tied;
    from = to;
  }
  return { rankSum, tieTerm };
}

/** P(Z > x) of the standard normal distribution (Abramowitz and Stegun 26.2.17; right to 7.5e-8). */
function upperTail(x: number): number {
  const t = 1 / (1 + 0.2316419 * x);
  const poly = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429].reduceRight(
    (sum, coefficient) => (sum + coefficient) * t,
    0,
  );
  return (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * poly;
}

function middleOf(sorted: Float64Array): number {
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}

/**
 * Of several tests at once, the p values by which each may be judged alone (Holm, 1979): the chance of a single false alarm
 * among all stays what it says.
 */
export function holmAdjusted(values: readonly number[]): number[] {
  const order = values.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(values.length).fill(1);
  let highest = 0;
  for (const [place, { p, index }] of order.entries()) {
    highest = Math.max(highest, Math.min(1, p * (values.length - place)));
    adjusted[index] = highest;
  }
  return adjusted;
}

/** One-sided Fisher's exact test: how likely at least so many hits of the second are if both have the same share. */
export function fisherMore(
  before: { readonly hits: number; readonly trials: number },
  after: { readonly hits: number; readonly trials: number },
): number {
  const hits = before.hits + after.hits;
  const trials = before.trials + after.trials;
  const most = Math.min(hits, after.trials);
  let p = 0;
  for (let k = after.hits; k <= most; k += 1)
    p += Math.exp(logChoose(after.trials, k) + logChoose(before.trials, hits - k) - logChoose(trials, hits));
  return Math.min(1, p);
}

function logChoose(n: number, k: number): number {
  if (k < 0 || k > n) return Number.NEGATIVE_INFINITY;
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/** Stirling's series; small arguments are brought up first. */
function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 10; y += 1) shift -= Math.log(y);
  const inverse = 1 / (y * y);
  return (
    shift +
    (y - 0.5) * Math.log(y) -
    y +
    Math.log(2 * Math.PI) / 2 +
    (1 / 12 - inverse * (1 / 360 - inverse / 1260)) / y
  );
}
