/**
 * The smallest value that a share `q` of the values does not pass (nearest rank).
 * @param sorted ascending
 * @throws Error if there is none
 */
export function quantileOf(sorted: ArrayLike<number>, q: number): number {
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  if (value === undefined) throw new Error('there is no quantile of nothing');
  return value;
}
