import type { Command } from 'commander';
import { targetOf } from '../domain/targets.js';
import { exitCodes } from '../exit-codes.js';
import {
  addOnlineOptions,
  durationOption,
  type Online,
  type OnlineOptions,
  presentOnline,
} from '../online/online-command.js';
import { followRollout, plannedResult, rolloutResult } from '../online/show-rollout.js';
import type { CommandResult } from '../output.js';

interface DecommissionOptions extends OnlineOptions {
  readonly target: string;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** `liquid-lln decommission`: empties a slot of every device of an environment, which then is no way back any more. */
export function register(program: Command): void {
  const command = program
    .command('decommission')
    .description('free a slot of every device of an environment, once the other one is confirmed')
    .requiredOption('--target <slot>', 'the slot, such as production-blue')
    .option('--dry-run', 'only say what would be done, or why it would be refused')
    .option('--reason <text>', 'why, for the audit log')
    .option('--no-wait', 'do not wait for the end')
    .addOption(durationOption('--timeout <duration>', 'how long to wait for the end', '10m'));
  addOnlineOptions(command).action((options: DecommissionOptions) =>
    presentOnline(command, options, (online) => decommission(online, options)),
  );
}

async function decommission(online: Online, options: DecommissionOptions): Promise<CommandResult> {
  const conversation = online.client.converse<'decommission'>({
    kind: 'decommission',
    target: targetOf(options),
    dryRun: options.dryRun === true,
    reason: options.reason ?? null,
  });
  try {
    const { rollout } = await conversation.reply;
    if (options.dryRun === true) return plannedResult(rollout);
    if (!options.wait) return rolloutResult(rollout, exitCodes.done);
    return await followRollout(online, rollout, conversation.progress, options.timeout * 1000);
  } finally {
    conversation.close();
  }
}
