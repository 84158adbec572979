import { LlnError, type PackageName, packageNameSchema, parseWith } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import type { OperatorRequestInput } from '../clients/coordinator-client.js';
import { type TargetOptions, targetOf } from '../domain/targets.js';
import { exitCodes } from '../exit-codes.js';
import { parseVersion } from '../online/load-package.js';
import {
  addOnlineOptions,
  addTargetOptions,
  durationOption,
  type Online,
  type OnlineOptions,
  withCoordinator,
} from '../online/online-command.js';
import { followRollout, rolloutResult } from '../online/show-rollout.js';
import { type CommandResult, present } from '../output.js';

interface RollbackOptions extends OnlineOptions, TargetOptions {
  readonly toPrevious?: boolean;
  readonly toVersion?: ReturnType<typeof parseVersion>;
  readonly name?: PackageName;
  readonly reason?: string;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
}

type Goal = Extract<OperatorRequestInput, { kind: 'rollback' }>['to'];

/** `liquid-lln rollback`: takes the package away from a target, everywhere at once; devices that are away follow later. */
export function register(program: Command): void {
  const command = program
    .command('rollback')
    .description('bring devices back to the package before, or to a version, everywhere at once');
  addTargetOptions(command)
    .addOption(new Option('--to-previous', 'to what each device had before').conflicts('toVersion'))
    .option('--to-version <version>', 'to this registered version', parseVersion)
    .option(
      '--name <name>',
      'with --to-version: of this package (default: the only one with that version)',
      (text: string) => parseWith(packageNameSchema, text, 'package name', 'USAGE'),
    )
    .option('--reason <text>', 'why, for the audit log')
    .option('--no-wait', 'do not wait for the end')
    .addOption(durationOption('--timeout <duration>', 'how long to wait for the end', '10m'));
  addOnlineOptions(command).action((options: RollbackOptions) =>
    present(command, () => {
      const to = goalOf(options);
      return withCoordinator(command, options, (online) => rollback(online, options, to));
    }),
  );
}

function goalOf({ toPrevious, toVersion, name }: RollbackOptions): Goal {
  if (toVersion !== undefined) return { kind: 'version', name: name ?? null, version: toVersion };
  if (name !== undefined) throw new LlnError('USAGE', '--name goes with --to-version');
  if (toPrevious === true) return { kind: 'previous' };
  throw new LlnError('USAGE', 'say where to: --to-previous or --to-version VERSION');
}

async function rollback(online: Online, options: RollbackOptions, to: Goal): Promise<CommandResult> {
  const target = targetOf(options);
  const request = { kind: 'rollback', target, to, reason: options.reason ?? null } as const;
  const conversation = online.client.converse<'rollback'>(request);
  try {
    const { rollout } = await conversation.reply;
    if (!options.wait) return rolloutResult(rollout, exitCodes.done);
    return await followRollout(online, rollout, conversation.progress, options.timeout * 1000);
  } finally {
    conversation.close();
  }
}
