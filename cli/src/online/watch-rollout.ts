import { type Clock, LlnError, type OperatorProgress, type RolloutId, type RolloutSummary } from '@liquid-lln/protocol';
import type { CoordinatorClient } from '../clients/coordinator-client.js';
import { MessageQueue } from '../clients/message-queue.js';
import { isAtRest, isSettled } from '../domain/rollout-outcome.js';
import { pollInto } from './poll.js';

export interface WatchComponents {
  readonly client: Pick<CoordinatorClient, 'request'>;
  readonly clock: Clock;
}

export interface WatchInit {
  readonly first: RolloutSummary;
  /** What the coordinator tells by itself. */
  readonly progress: AsyncIterable<OperatorProgress>;
  readonly timeoutMs: number;
  readonly interrupted: AbortSignal;
  readonly onChange: (rollout: RolloutSummary) => void;
  /** Is told, once, when the coordinator does not answer for a while. */
  readonly onTrouble: (message: string) => void;
}

/** How a watch ended: the rollout rests, or the watcher was told to go. */
export interface WatchEnd {
  readonly rollout: RolloutSummary;
  readonly wasInterrupted: boolean;
}

/** News may be lost, and a coordinator may be restarted: so it is also asked this often. */
const pollMs = 2_000;
/** How long devices of a halted rollout are given to come home before they are shown where they are. */
const settleMs = 30_000;

/**
 * Watches a rollout until it rests and its devices have settled.
 * @throws LlnError TIMED_OUT if it does not rest in time; the rollout goes on
 */
export async function watchRollout({ client, clock }: WatchComponents, init: WatchInit): Promise<WatchEnd> {
  const views = new MessageQueue<RolloutSummary>();
  const { rolloutId } = init.first;
  void pump(init.progress, rolloutId, views);
  const ask = async () => (await client.request({ kind: 'rollout', rolloutId })).rollout;
  const polling = pollInto(views, { ask, periodMs: pollMs, clock, onTrouble: init.onTrouble });
  const deadline = clock.after(init.timeoutMs, () => views.fail(timedOut(rolloutId, init.timeoutMs)));
  const end = (): void => views.end();
  init.interrupted.addEventListener('abort', end);
  if (init.interrupted.aborted) end();
  try {
    const rollout = await followToRest(init, views, clock);
    return { rollout, wasInterrupted: !isAtRest(rollout) };
  } finally {
    polling.cancel();
    deadline.cancel();
    init.interrupted.removeEventListener('abort', end);
  }
}

async function followToRest(
  { first, onChange }: WatchInit,
  views: MessageQueue<RolloutSummary>,
  clock: Clock,
): Promise<RolloutSummary> {
  onChange(first);
  let rollout = first;
  let isSettling = false;
  if (isSettled(rollout)) return rollout;
  for await (const view of views) {
    rollout = view;
    onChange(rollout);
    if (isSettled(rollout)) break;
    if (isAtRest(rollout) && !isSettling) {
      isSettling = true;
      clock.after(settleMs, () => views.end());
    }
  }
  return rollout;
}

async function pump(
  progress: AsyncIterable<OperatorProgress>,
  rolloutId: RolloutId,
  views: MessageQueue<RolloutSummary>,
): Promise<void> {
  try {
    for await (const news of progress) {
      if (news.kind === 'rollout' && news.rollout.rolloutId === rolloutId) views.push(news.rollout);
    }
  } catch (thrown) {
    views.fail(thrown);
  }
}

function timedOut(rolloutId: RolloutId, timeoutMs: number): LlnError {
  const message = `rollout ${rolloutId} does not rest after ${Math.round(timeoutMs / 1000)} s; it goes on`;
  return new LlnError('TIMED_OUT', message, { rolloutId });
}
