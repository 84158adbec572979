import { LlnError, type OperatorProgress, parseWith, rolloutIdSchema } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import type { CoordinatorClient } from '../clients/coordinator-client.js';
import { integerBetween } from '../domain/integer.js';
import { rolloutListTable } from '../domain/rollout-text.js';
import { exitCodes } from '../exit-codes.js';
import {
  addOnlineOptions,
  durationOption,
  type Online,
  type OnlineOptions,
  presentOnline,
} from '../online/online-command.js';
import { followRollout, rolloutResult } from '../online/show-rollout.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface RolloutsOptions extends OnlineOptions {
  readonly limit: number;
  readonly follow?: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** `liquid-lln rollouts`: what was rolled out, newest first; or one rollout, with what each device waits for. */
export function register(program: Command): void {
  const command = program
    .command('rollouts')
    .description('list the rollouts, newest first; or show one, with its waves and devices')
    .argument('[rollout]', 'its id')
    .option('--limit <n>', 'of the list: at most so many', integerBetween(1, 1_000), 20)
    .option('--follow', 'watch that rollout until it rests, as `deploy` does')
    .addOption(durationOption('--timeout <duration>', 'how long to watch', '30m'));
  addOnlineOptions(command).action((rollout: string | undefined, options: RolloutsOptions) =>
    presentOnline(command, options, (online) => {
      if (rollout !== undefined) return showRollout(online, rollout, options);
      if (options.follow === true) throw new LlnError('USAGE', '--follow needs the id of a rollout');
      return listRollouts(online.client, options.limit);
    }),
  );
}

/** Also what `status --target rollouts` shows. */
export async function listRollouts(client: CoordinatorClient, limit: number): Promise<CommandResult> {
  const { rollouts } = await client.request({ kind: 'rollouts', limit });
  const text = rollouts.length === 0 ? 'no rollouts yet' : renderTable(rolloutListTable(rollouts), outputWidth());
  return { document: { rollouts }, text };
}

/** Watched, it ends as the command that began it would have; looked at, it is a success to have seen it. */
async function showRollout(online: Online, id: string, options: RolloutsOptions): Promise<CommandResult> {
  const rolloutId = parseWith(rolloutIdSchema, id, 'the rollout', 'USAGE');
  const { rollout } = await online.client.request({ kind: 'rollout', rolloutId });
  if (options.follow !== true) return rolloutResult(rollout, exitCodes.done);
  return followRollout(online, rollout, noNews, options.timeout * 1_000);
}

/** Only who began a rollout is told of it; others ask. */
const noNews: AsyncIterable<OperatorProgress> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};
