/**
 * How a coordinator that stands by finds that the leading one has ended without a word: the leader gives signs of life,
 * and the other one sees with its own clock that they stay away. Nobody's clock is compared with anybody else's, so
 * clocks may be wrong and jump.
 */
export interface LeaseWatch {
  /** What was seen of the leader; it changes with every sign of life. */
  readonly sign: string;
  /** Since when this has been so, on the watcher's monotonic clock. */
  readonly sinceMs: number;
}

/** Signs of life come this often. */
export const beatMs = 2_000;
/** Without a sign for so long the lease is over. Five are missed then: a busy disk is no death. */
export const leaseMs = 10_000;

/** What is known after another look. */
export function watchLease(before: LeaseWatch | null, sign: string, nowMs: number): LeaseWatch {
  return before?.sign === sign ? before : { sign, sinceMs: nowMs };
}

export function isLeaseOver(watch: LeaseWatch, nowMs: number): boolean {
  return nowMs - watch.sinceMs >= leaseMs;
}
