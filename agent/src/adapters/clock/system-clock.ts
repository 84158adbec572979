import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '@liquid-lln/protocol';

/** The machine's clock. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, action) => cancelWith(clearTimeout, setTimeout(action, delayMs)),
  every: (periodMs, action) => cancelWith(clearInterval, setInterval(action, periodMs)),
};

function cancelWith(clear: (handle: NodeJS.Timeout) => void, handle: NodeJS.Timeout): Timer {
  handle.unref();
  return { cancel: () => clear(handle) };
}
