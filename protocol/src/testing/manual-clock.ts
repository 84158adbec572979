import type { Clock, Timer } from '../base/clock.js';

interface Pending {
  dueMs: number;
  readonly periodMs: number | null;
  readonly action: () => void;
}

/** A clock that a test turns. Timers fire in the order of their due times, then of their making. */
export class ManualClock implements Clock {
  #monotonicMs = 0;
  /** The wall clock's lead over the monotonic one. */
  #wallLeadMs: number;
  readonly #pending = new Set<Pending>();
  /** No timer is due before. */
  #earliestMs = Number.POSITIVE_INFINITY;

  constructor(wallMs = Date.UTC(2026, 0, 1)) {
    this.#wallLeadMs = wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** In whole milliseconds, as a system's clock shows them. */
  wallMs(): number {
    return Math.floor(this.#wallLeadMs + this.#monotonicMs);
  }

  after(delayMs: number, action: () => void): Timer {
    return this.#add({ dueMs: this.#monotonicMs + delayMs, periodMs: null, action });
  }

  every(periodMs: number, action: () => void): Timer {
    return this.#add({ dueMs: this.#monotonicMs + periodMs, periodMs, action });
  }

  /** Lets `durationMs` pass, firing every timer that comes due on the way. */
  advance(durationMs: number): void {
    const endMs = this.#monotonicMs + durationMs;
    for (let next = this.#nextDue(endMs); next !== null; next = this.#nextDue(endMs)) {
      this.#moveTo(next.dueMs);
      if (next.periodMs === null) this.#pending.delete(next);
      else next.dueMs += next.periodMs;
      next.action();
    }
    this.#moveTo(endMs);
  }

  /** Sets the wall clock, as an NTP client or a bad battery would; the monotonic clock does not notice. */
  jumpWall(deltaMs: number): void {
    this.#wallLeadMs += deltaMs;
  }

  #moveTo(monotonicMs: number): void {
    this.#monotonicMs = monotonicMs;
  }

  #nextDue(endMs: number): Pending | null {
    if (this.#earliestMs > endMs) return null;
    let next: Pending | null = null;
    for (const pending of this.#pending) {
      if (next === null || pending.dueMs < next.dueMs) next = pending;
    }
    this.#earliestMs = next?.dueMs ?? Number.POSITIVE_INFINITY;
    return next !== null && next.dueMs <= endMs ? next : null;
  }

  #add(pending: Pending): Timer {
    this.#pending.add(pending);
    this.#earliestMs = Math.min(this.#earliestMs, pending.dueMs);
    return { cancel: () => void this.#pending.delete(pending) };
  }
}
