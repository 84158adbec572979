/** Milliseconds on a clock that never jumps and means nothing outside its process. */
export type MonotonicMs = number;

/**
 * Time, as everything outside the adapters gets it. Decisions use `monotonicMs`; `wallMs` is for people.
 * A test's `ManualClock` makes days pass in microseconds.
 */
export interface Clock {
  /** Milliseconds of a monotonic clock, with a fraction. */
  monotonicMs(): MonotonicMs;
  /** Milliseconds since 1970; may jump in both directions. */
  wallMs(): number;
  /** Calls `action` once after `delayMs`. The timer does not keep the process alive. */
  after(delayMs: number, action: () => void): Timer;
  /** Calls `action` every `periodMs`, until cancelled. The timer does not keep the process alive. */
  every(periodMs: number, action: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}
