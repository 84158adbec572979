/** The 97.5th percentile of the standard normal distribution. */
const z = 1.959964;

/** The interval that holds a true share in 95 of 100 cases (Wilson, JASA 22, 1927): good near 0 and 1 too. */
export function shareInterval(hits: number, trials: number): { readonly low: number; readonly high: number } {
  if (trials === 0) return { low: 0, high: 1 };
  const share = hits / trials;
  const weight = 1 + z ** 2 / trials;
  const middle = share + z ** 2 / (2 * trials);
  const half = z * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, (middle - half) / weight), high: Math.min(1, (middle + half) / weight) };
}
