import type { Rollout } from '../rollout.js';
import { type Tracks, tracksOf } from './device-tracks.js';
import type { TraceLook } from './rollout-trace.js';

/** What was kept of a rollout. */
export interface RolloutRecord {
  readonly looks: readonly TraceLook[];
  readonly tracks: Tracks;
  /** Until when it says something: the end of the rollout, or now. */
  readonly endMs: number;
}

/**
 * A record as replays go through it. What somebody ended is over at once, and is noted at the next look at it; a coordinator
 * that was killed in between has none, so that the end itself is the last look.
 */
export function keptRecord(rollout: Rollout, looks: readonly TraceLook[], nowMs: number): RolloutRecord {
  const { endedMs } = rollout;
  const last = looks.at(-1);
  const isUnseen = last !== undefined && last.isLast !== true && endedMs !== null && endedMs > last.atMs;
  const seen = isUnseen ? [...looks, { atMs: endedMs, silenceMsMax: last.silenceMsMax, rollout }] : looks;
  return { looks: seen, tracks: tracksOf(looks), endMs: endedMs ?? nowMs };
}
