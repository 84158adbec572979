import type { Clock } from '@liquid-lln/protocol';

/** The machine's clocks. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
  every: (periodMs, action) => {
    const timer = setInterval(action, periodMs).unref();
    return { cancel: () => clearInterval(timer) };
  },
};
