import { LlnError, parseWith, type RolloutId, type RolloutSummary, rolloutIdSchema } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import type { CoordinatorClient } from '../clients/coordinator-client.js';
import { memberTable, rolloutHeadline } from '../domain/rollout-text.js';
import { rolloutsToStop, targetOf } from '../domain/targets.js';
import { addOnlineOptions, type OnlineOptions, withCoordinator } from '../online/online-command.js';
import { type CommandResult, present } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface StopOptions extends OnlineOptions {
  readonly rollout?: RolloutId;
  readonly target?: string;
  readonly reason: string;
}

/** `liquid-lln stop`: halts rollouts; their unconfirmed devices go back to what they had. */
export function register(program: Command): void {
  const command = program
    .command('stop')
    .description('halt a rollout, or every open rollout to a target; unconfirmed devices revert')
    .addOption(
      new Option('--rollout <id>', 'the rollout')
        .argParser((text) => parseWith(rolloutIdSchema, text, 'rollout id', 'USAGE'))
        .conflicts('target'),
    )
    .option('--target <target>', 'every open rollout to this target, or to this environment; or all')
    .requiredOption('--reason <text>', 'why, for the audit log');
  addOnlineOptions(command).action((options: StopOptions) => present(command, () => stop(command, options)));
}

function stop(command: Command, options: StopOptions): Promise<CommandResult> {
  if (options.rollout === undefined && options.target === undefined)
    throw new LlnError('USAGE', 'say what to stop: --rollout ID or --target TARGET');
  return withCoordinator(command, options, async ({ client }) => {
    const stopped: RolloutSummary[] = [];
    for (const rolloutId of await findRollouts(client, options)) {
      stopped.push((await client.request({ kind: 'stop', rolloutId, reason: options.reason })).rollout);
    }
    return { document: { rollouts: stopped }, text: stopped.map(describe).join('\n\n') };
  });
}

async function findRollouts(client: CoordinatorClient, { rollout, target }: StopOptions): Promise<RolloutId[]> {
  if (rollout !== undefined) return [rollout];
  const { rollouts } = await client.request({ kind: 'rollouts', limit: 1_000 });
  const open = rolloutsToStop(rollouts, targetOf({ target: target ?? 'all' }));
  if (open.length === 0) throw new LlnError('ROLLOUT_UNKNOWN', `no rollout to ${target} is open`);
  return open.map(({ rolloutId }) => rolloutId);
}

function describe(rollout: RolloutSummary): string {
  return `${rolloutHeadline(rollout)}\n\n${renderTable(memberTable(rollout), outputWidth())}`;
}
