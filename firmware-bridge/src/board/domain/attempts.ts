import type { Backoff } from '@liquid-lln/protocol';

/** How long a request is tried, and how often. */
export interface Patience {
  /** For all of it, waiting for the line included. */
  readonly timeoutMs: number;
  /** For the answer to one attempt. */
  readonly attemptMs: number;
  readonly attemptsMax: number;
  /** Between attempts; `attemptBackoff` without it. */
  readonly backoff?: Backoff;
}

/** For what a board answers at once. */
export const patienceDefault: Patience = { timeoutMs: 10_000, attemptMs: 1_500, attemptsMax: 6 };
/** For what erases flash (up to 4 s for a sector of 128 KiB) or computes for long. */
export const patienceLong: Patience = { timeoutMs: 60_000, attemptMs: 15_000, attemptsMax: 4 };

/** Between the attempts of one request, unless it says otherwise. */
export const attemptBackoff: Backoff = { firstMs: 50, maxMs: 1_000 };

const sequences = 256;

/**
 * The next sequence number after `last` that no request under way has. An ended request's number comes around as late as
 * possible, so that a late answer finds nobody.
 */
export function nextSequence(last: number, isTaken: (sequence: number) => boolean): number {
  for (let step = 1; step <= sequences; step += 1) {
    const sequence = (last + step) % sequences;
    if (!isTaken(sequence)) return sequence;
  }
  throw new RangeError('more requests are under way than there are sequence numbers');
}
