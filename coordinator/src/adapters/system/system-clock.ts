import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '@liquid-lln/protocol';

/** The machine's clocks. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, action) => asTimer(setTimeout(action, delayMs), clearTimeout),
  every: (periodMs, action) => asTimer(setInterval(action, periodMs), clearInterval),
};

function asTimer(handle: NodeJS.Timeout, clear: (handle: NodeJS.Timeout) => void): Timer {
  handle.unref();
  return { cancel: () => clear(handle) };
}
