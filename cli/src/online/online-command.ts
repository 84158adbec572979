import { environmentSchema } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import type { CoordinatorClient } from '../clients/coordinator-client.js';
import { openCoordinator } from '../clients/open-coordinator.js';
import { loadSettings } from '../clients/settings.js';
import { parsePositiveDurationSeconds } from '../domain/duration.js';
import { type CommandResult, present, sinkOf, wantsJson } from '../output.js';

/** The options that every command has which talks to the coordinator. */
export interface OnlineOptions {
  readonly broker?: string;
  readonly config?: string;
  readonly fleet?: string;
  /** Seconds. */
  readonly connectTimeout: number;
}

/** What such a command works with. */
export interface Online {
  readonly client: CoordinatorClient;
  /** Writes to standard error: notes and progress. */
  readonly note: (text: string) => void;
  readonly isJson: boolean;
}

/** Adds the options that say which devices are meant. */
export function addTargetOptions(command: Command, { isRequired = true } = {}): Command {
  return command
    .addOption(
      new Option(
        '--target <target>',
        'an environment, a kind of board, a device, an address, or all',
      ).makeOptionMandatory(isRequired),
    )
    .addOption(
      new Option('--env <environment>', 'only devices of this environment').choices(environmentSchema.options),
    );
}

/** An option that takes a duration and gives seconds. */
export function durationOption(flags: string, description: string, usual: string): Option {
  return new Option(flags, description)
    .argParser(parsePositiveDurationSeconds)
    .default(parsePositiveDurationSeconds(usual), usual);
}

/** Adds the options by which a command finds the coordinator, and `--json`. */
export function addOnlineOptions(command: Command): Command {
  return command
    .option('--broker <url>', 'the coordinator: mqtt://[USER:PASSWORD@]HOST[:PORT] (also LLN_BROKER)')
    .option('--config <file>', 'a JSON file with broker, username, password, fleet (also LLN_CONFIG)')
    .option('--fleet <name>', 'the fleet (also LLN_FLEET)')
    .addOption(durationOption('--connect-timeout <duration>', 'how long the coordinator may take to answer', '15s'))
    .option('--json', 'print one JSON document');
}

/** Runs the work of an online command and shows its result. */
export function presentOnline(
  command: Command,
  options: OnlineOptions,
  work: (online: Online) => Promise<CommandResult>,
): Promise<void> {
  return present(command, () => withCoordinator(command, options, work));
}

/** Does work with a connection to the coordinator, which is closed afterwards. */
export async function withCoordinator<T>(
  command: Command,
  options: OnlineOptions,
  work: (online: Online) => Promise<T>,
): Promise<T> {
  const { writeErr } = sinkOf(command);
  const settings = loadSettings(options, process.env, writeErr);
  const client = await openCoordinator(settings, options.connectTimeout * 1000);
  try {
    return await work({ client, note: writeErr, isJson: wantsJson(command) });
  } finally {
    await client.close();
  }
}

/**
 * Lets work that only watches end in an orderly way on Ctrl-C. A second Ctrl-C finds no listener any more and ends the
 * process at once.
 */
export async function withInterruption<T>(work: (interrupted: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.once('SIGINT', abort).once('SIGTERM', abort);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}
