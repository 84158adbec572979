import type { OperatorProgress, RolloutReplay } from '@liquid-lln/protocol';
import { systemClock } from '../adapters/system-clock.js';
import type { OperatorRequestInput } from '../clients/coordinator-client.js';
import { formatNumber } from '../domain/units.js';
import { type ProgressView, progressView } from '../rendering/progress.js';
import type { Online } from './online-command.js';

/** Asks for a replay, which takes minutes where the record is large, and shows how far it is. */
export async function askReplay(
  { client, isJson, note }: Online,
  request: Extract<OperatorRequestInput, { kind: 'replay' }>,
): Promise<RolloutReplay> {
  const view = progressView(isJson, note, systemClock);
  const conversation = client.converse(request);
  // The answer counts; what cannot be read of the way there is left out.
  const showing = showReplay(conversation.progress, view).catch(() => undefined);
  try {
    return (await conversation.reply).replay;
  } finally {
    conversation.close();
    await showing;
    view.stop();
  }
}

const lookRate = (amount: number): string => formatNumber(amount, '');

async function showReplay(progress: AsyncIterable<OperatorProgress>, view: ProgressView): Promise<void> {
  for await (const news of progress) {
    if (news.kind !== 'replay') continue;
    const text = news.total === 0 ? 'another replay comes first' : 'looks planned again';
    view.update({ done: news.done, total: news.total, text, rate: lookRate });
  }
}
