import type { Clock, OperatorProgress, OperatorReplyTo, Target } from '@liquid-lln/protocol';
import { toErrorReport } from '@liquid-lln/protocol';
import type { Conversation, CoordinatorClient } from '../clients/coordinator-client.js';
import { MessageQueue } from '../clients/message-queue.js';

type DeviceLog = OperatorReplyTo<'logs'>['logs'][number];

export interface FollowInit {
  readonly target: Target;
  readonly tail: number;
  readonly interrupted: AbortSignal;
  /** The lines of the past, once. */
  readonly onTail: (reply: OperatorReplyTo<'logs'>) => void;
  readonly onLines: (log: DeviceLog) => void;
  readonly onTrouble: (message: string) => void;
}

/** Devices stop by themselves after this time, so that nobody's forgotten terminal keeps them talking. */
const followSeconds = 60;
const renewMs = 20_000;

/** Shows the logs of devices as they come, until interrupted. */
export async function followLogs(
  { client, clock }: { readonly client: Pick<CoordinatorClient, 'converse'>; readonly clock: Clock },
  { target, tail, interrupted, onTail, onLines, onTrouble }: FollowInit,
): Promise<void> {
  const logs = new MessageQueue<DeviceLog>();
  let current = client.converse<'logs'>({ kind: 'logs', target, tail, followSeconds });
  onTail(await current.reply);
  void pump(current.progress, logs);
  const renewal = clock.every(renewMs, () => {
    void renew(client, target, current, logs)
      .then((next) => {
        current = next;
      })
      .catch((thrown: unknown) => onTrouble(toErrorReport(thrown).message));
  });
  interrupted.addEventListener('abort', () => logs.end());
  try {
    for await (const log of logs) onLines(log);
  } finally {
    renewal.cancel();
    current.close();
  }
}

/**
 * Asks anew and changes over. A line that comes in between is sent to both conversations: up to the new one's answer
 * it is taken from the old one, afterwards from the new one, so that none is lost or shown twice.
 */
async function renew(
  client: Pick<CoordinatorClient, 'converse'>,
  target: Target,
  current: Conversation<'logs'>,
  logs: MessageQueue<DeviceLog>,
): Promise<Conversation<'logs'>> {
  const next = client.converse<'logs'>({ kind: 'logs', target, tail: 0, followSeconds });
  try {
    await next.reply;
  } catch (thrown) {
    next.close();
    throw thrown;
  }
  next.progress.clear();
  current.close();
  void pump(next.progress, logs);
  return next;
}

async function pump(progress: AsyncIterable<OperatorProgress>, logs: MessageQueue<DeviceLog>): Promise<void> {
  try {
    for await (const news of progress) {
      if (news.kind === 'log') logs.push(news.log);
    }
  } catch (thrown) {
    logs.fail(thrown);
  }
}
