import type { Clock } from '@liquid-lln/protocol';

/** The machine's clock. */
export const realClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, action) => {
    const handle = setTimeout(action, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
  every: (periodMs, action) => {
    const handle = setInterval(action, periodMs);
    return { cancel: () => clearInterval(handle) };
  },
};
