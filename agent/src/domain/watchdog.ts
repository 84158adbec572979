import type { MonotonicMs } from '@liquid-lln/protocol';

/** What an engine knows about itself. */
export interface EngineVitals {
  /** Models that are open: the live one, and in a trial the one before it. */
  readonly openModels: number;
  /** When one of them last computed something, on the clock of `Clock.monotonicMs`; null: never. */
  readonly computedMs: MonotonicMs | null;
}

/**
 * What a beat of the watchdog asks for:
 * - `feed`: inference has just worked, or there is nothing to work;
 * - `prove`: nobody has asked for a while; compute something known first.
 */
export type Beat = 'feed' | 'prove';

/** Beats in the time after which the service manager gives up: one may come late and one may fail. */
const beatsPerTimeout = 3;

export function beatPeriodMs(watchdogTimeoutMs: number): number {
  return watchdogTimeoutMs / beatsPerTimeout;
}

/**
 * A device without a package is fed: a restart would not bring it one, and whoever sends it one has to reach it. With a
 * package only what was computed since the last beat counts; that the process turns round proves nothing.
 */
export function decideBeat({ openModels, computedMs }: EngineVitals, nowMs: MonotonicMs, periodMs: number): Beat {
  if (openModels === 0) return 'feed';
  return computedMs !== null && nowMs - computedMs <= periodMs ? 'feed' : 'prove';
}
