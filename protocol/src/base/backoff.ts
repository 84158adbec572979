import type { Random } from './random.js';

/** A retry schedule: doubling from `firstMs` up to `maxMs`, with jitter. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * The wait before retry number `attempt` (0 for the first retry): uniform between half of the doubled wait and all
 * of it, so that a fleet that lost its broker at one moment does not return at one moment.
 */
export function backoffDelayMs(backoff: Backoff, attempt: number, random: Random): number {
  const full = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random();
}
