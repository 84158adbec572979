import { type Clock, toErrorReport } from '@liquid-lln/protocol';
import type { MessageQueue } from '../clients/message-queue.js';

export interface PollInit<T> {
  readonly ask: () => Promise<T>;
  readonly periodMs: number;
  readonly clock: Pick<Clock, 'every'>;
  /** Is told, once, when there is no answer for a while. */
  readonly onTrouble: (message: string) => void;
}

/** Asks again and again, one question at a time; a question without an answer is trouble, not the end. */
export function pollInto<T>(
  views: MessageQueue<T>,
  { ask, periodMs, clock, onTrouble }: PollInit<T>,
): { cancel(): void } {
  let isAsking = false;
  let isOver = false;
  let isTroubled = false;
  const askOnce = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      views.push(await ask());
      isTroubled = false;
    } catch (thrown) {
      if (!isOver && !isTroubled) onTrouble(toErrorReport(thrown).message);
      isTroubled = true;
    } finally {
      isAsking = false;
    }
  };
  const timer = clock.every(periodMs, () => void askOnce());
  return {
    cancel: () => {
      isOver = true;
      timer.cancel();
    },
  };
}
