import { setTimeout as sleep } from 'node:timers/promises';

export interface Waiting {
  /** What is waited for, in words, for the message if it never comes. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/** What was waited for did not come. */
export class WaitTimeout extends Error {
  constructor({ what, timeoutMs }: Waiting) {
    super(`waited ${timeoutMs / 1000} s in vain: ${what}`);
    this.name = 'WaitTimeout';
  }
}

/**
 * Looks again and again until `look` gives something.
 * @param look gives null while there is nothing yet.
 * @throws WaitTimeout; whatever `look` throws; the reason of `signal` when it aborts.
 */
export async function waitFor<T>(waiting: Waiting, look: () => T | null | Promise<T | null>): Promise<T> {
  const deadlineMs = performance.now() + waiting.timeoutMs;
  for (;;) {
    waiting.signal?.throwIfAborted();
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadlineMs) throw new WaitTimeout(waiting);
    await sleep(waiting.everyMs ?? 100, undefined, { signal: waiting.signal });
  }
}
