import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `isSo` holds, looking often; fails with `what` when it takes too long. */
export async function waitFor(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  { timeoutMs = 20_000, periodMs = 20 }: { readonly timeoutMs?: number; readonly periodMs?: number } = {},
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await sleep(periodMs);
  }
}
