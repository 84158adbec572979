import type { Clock } from '@liquid-lln/protocol';
import { MessageQueue } from '../clients/message-queue.js';
import { pollInto } from './poll.js';

export interface UntilInit<T> {
  /** What was known when the watch began. */
  readonly first: T;
  readonly ask: () => Promise<T>;
  /** @param isPatient whether those that are away are waited for, too */
  readonly isAwaited: (view: T, isPatient: boolean) => boolean;
  readonly timeoutMs: number;
  readonly interrupted: AbortSignal;
  readonly onChange: (view: T) => void;
  /** Is told, once, when the coordinator does not answer for a while. */
  readonly onTrouble: (message: string) => void;
}

export interface UntilEnd<T> {
  readonly view: T;
  /** `settled`: nothing is waited for any more; who is away has not heard of it. */
  readonly how: 'settled' | 'timed-out' | 'interrupted';
}

const pollMs = 500;
/** How long a device that is away is waited for: it may be about to connect to a coordinator that has just started. */
const patienceMs = 5_000;

/** Looks again and again until nothing is waited for any more. */
export async function watchUntil<T>(clock: Clock, init: UntilInit<T>): Promise<UntilEnd<T>> {
  const { ask, interrupted, onTrouble } = init;
  const views = new MessageQueue<T>();
  const polling = pollInto(views, { ask, periodMs: pollMs, clock, onTrouble });
  const end = (): void => views.end();
  const deadline = clock.after(init.timeoutMs, end);
  interrupted.addEventListener('abort', end);
  if (interrupted.aborted) end();
  try {
    const { view, isSettled } = await follow(init, views, clock);
    return { view, how: isSettled ? 'settled' : interrupted.aborted ? 'interrupted' : 'timed-out' };
  } finally {
    polling.cancel();
    deadline.cancel();
    interrupted.removeEventListener('abort', end);
  }
}

async function follow<T>(
  { first, isAwaited, onChange }: UntilInit<T>,
  views: MessageQueue<T>,
  clock: Clock,
): Promise<{ readonly view: T; readonly isSettled: boolean }> {
  const startMs = clock.monotonicMs();
  let view = first;
  const look = (next: T): boolean => {
    view = next;
    onChange(next);
    return !isAwaited(next, clock.monotonicMs() - startMs < patienceMs);
  };
  if (look(first)) return { view, isSettled: true };
  for await (const next of views) {
    if (look(next)) return { view, isSettled: true };
  }
  return { view, isSettled: false };
}
