import type { Command } from 'commander';
import type { CoordinatorClient } from '../clients/coordinator-client.js';
import { integerBetween } from '../domain/integer.js';
import { rolloutListTable } from '../domain/rollout-text.js';
import { addOnlineOptions, type OnlineOptions, presentOnline } from '../online/online-command.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface RolloutsOptions extends OnlineOptions {
  readonly limit: number;
}

/** `liquid-lln rollouts`: what was rolled out, newest first. */
export function register(program: Command): void {
  const command = program
    .command('rollouts')
    .description('list the rollouts, newest first')
    .option('--limit <n>', 'at most so many', integerBetween(1, 1_000), 20);
  addOnlineOptions(command).action((options: RolloutsOptions) =>
    presentOnline(command, options, ({ client }) => listRollouts(client, options.limit)),
  );
}

/** Also what `status --target rollouts` shows. */
export async function listRollouts(client: CoordinatorClient, limit: number): Promise<CommandResult> {
  const { rollouts } = await client.request({ kind: 'rollouts', limit });
  const text = rollouts.length === 0 ? 'no rollouts yet' : renderTable(rolloutListTable(rollouts), outputWidth());
  return { document: { rollouts }, text };
}
