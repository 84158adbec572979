import { LlnError } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import { parseDurationSeconds } from '../domain/duration.js';
import { parseWaves } from '../domain/percent.js';
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

interface SwitchOptions extends OnlineOptions {
  readonly from: string;
  readonly to: string;
  readonly waves?: number[];
  readonly bake?: number;
  /** Seconds. */
  readonly decommissionWithin: number;
  readonly asUnit?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** `liquid-lln switch`: makes the package staged in one slot of an environment live; the other slot is the way back. */
export function register(program: Command): void {
  const command = program
    .command('switch')
    .description('make live what is staged in the other slot of an environment, wave by wave')
    .requiredOption('--from <slot>', 'the slot that serves, such as production-blue')
    .requiredOption('--to <slot>', 'the slot that is to serve, such as production-green')
    .option('--waves <percents>', 'waves, such as 10,50,100 (default: those of the environment)', parseWaves)
    .option('--bake <duration>', 'how long all are watched on after the last one is confirmed', parseDurationSeconds)
    .addOption(
      durationOption('--decommission-within <duration>', 'after this, status reminds of the slot before', '24h'),
    )
    .option('--as-unit', 'gateways and their boards confirm together or not at all')
    .option('--force', 'also where devices have not verified the package; needs --reason')
    .option('--dry-run', 'only say what would be done, or why it would be refused')
    .option('--reason <text>', 'why, for the audit log')
    .option('--no-wait', 'do not wait for the end')
    .addOption(
      new Option('--timeout <duration>', 'how long to wait for the end, the bake not counted')
        .argParser(parseDurationSeconds)
        .default(1_800, '30m'),
    );
  addOnlineOptions(command).action((options: SwitchOptions) =>
    presentOnline(command, options, (online) => switchSlots(online, options)),
  );
}

async function switchSlots(online: Online, options: SwitchOptions): Promise<CommandResult> {
  if (options.force === true && options.reason === undefined)
    throw new LlnError('USAGE', '--force needs --reason: say why what is not verified has to serve');
  const bakeSeconds = options.bake ?? 0;
  const conversation = online.client.converse<'switch'>({
    kind: 'switch',
    from: targetOf({ target: options.from }),
    to: targetOf({ target: options.to }),
    waves: options.waves ?? null,
    bakeSeconds,
    decommissionWithinSeconds: options.decommissionWithin,
    ...(options.asUnit === true ? { asUnit: true } : {}),
    ...(options.force === true ? { force: true } : {}),
    dryRun: options.dryRun === true,
    reason: options.reason ?? null,
  });
  try {
    const { rollout } = await conversation.reply;
    if (options.dryRun === true) return plannedResult(rollout);
    if (!options.wait) return rolloutResult(rollout, exitCodes.done);
    const timeoutMs = (options.timeout + bakeSeconds) * 1000;
    return await followRollout(online, rollout, conversation.progress, timeoutMs);
  } finally {
    conversation.close();
  }
}
