import { type Backoff, backoffDelayMs, type ChannelName, type Notice, type Random } from '@liquid-lln/protocol';
import type { Condition } from './condition.js';

/** What became of an attempt. */
export type Delivery =
  | { readonly result: 'delivered' }
  /** The other side will not take it, however often it is sent. */
  | { readonly result: 'refused'; readonly detail: string }
  /** Worth another attempt, after `retryAfterMs` if the other side said so. */
  | { readonly result: 'failed'; readonly detail: string; readonly retryAfterMs: number | null };

/** How a channel does; times are of the monotonic clock. Not stored: a restart tries anew. */
export interface ChannelHealth {
  /** Attempts that failed in a row. */
  readonly failures: number;
  readonly failingSinceMs: number | null;
  readonly detail: string;
  /** Nothing is sent before. */
  readonly restUntilMs: number;
}

export const freshChannel: ChannelHealth = { failures: 0, failingSinceMs: null, detail: '', restUntilMs: 0 };

const backoff: Backoff = { firstMs: 1_000, maxMs: 5 * 60_000 };
/** What the other side may ask us to wait. */
const retryAfterMsMax = 15 * 60_000;
/** A channel that fails that long is an alert. */
const channelDownMs = 60_000;

/** The health of a channel after an attempt. A refusal is an answer: the channel works. */
export function afterAttempt(health: ChannelHealth, delivery: Delivery, nowMs: number, random: Random): ChannelHealth {
  if (delivery.result !== 'failed') return freshChannel;
  const waitMs = Math.max(
    backoffDelayMs(backoff, health.failures, random),
    Math.min(delivery.retryAfterMs ?? 0, retryAfterMsMax),
  );
  return {
    failures: health.failures + 1,
    failingSinceMs: health.failingSinceMs ?? nowMs,
    detail: delivery.detail.slice(0, 500),
    restUntilMs: nowMs + waitMs,
  };
}

/** Whether a channel has failed for so long that what can go elsewhere does. */
export function isDown({ failingSinceMs }: ChannelHealth, failoverSeconds: number, nowMs: number): boolean {
  return failingSinceMs !== null && nowMs - failingSinceMs >= failoverSeconds * 1_000;
}

/** What is too old to be sent any more, by the wall clock. */
export function isTooOld({ atMs }: Notice, giveUpSeconds: number, wallMs: number): boolean {
  return wallMs - atMs >= giveUpSeconds * 1_000;
}

/** Channels that have failed for a while, as something that is wrong. */
export function channelConditions(healths: ReadonlyMap<ChannelName, ChannelHealth>, nowMs: number): Condition[] {
  return [...healths]
    .filter(([, { failingSinceMs }]) => failingSinceMs !== null && nowMs - failingSinceMs >= channelDownMs)
    .map(([channel, { detail }]) => ({
      rule: 'channel-down',
      subject: channel,
      severity: 'warning',
      environment: null,
      devices: [],
      detail,
    }));
}
