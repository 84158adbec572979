import { parseWith, type RolloutId, type RolloutSummary, rolloutIdSchema } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { addOnlineOptions, type Online, type OnlineOptions, presentOnline } from './online-command.js';
import { rolloutResult } from './show-rollout.js';

interface DecisionOptions extends OnlineOptions {
  readonly reason: string;
}

/** What is decided about which rollout, and why. */
export interface RolloutDecision {
  readonly rolloutId: RolloutId;
  readonly reason: string;
}

/** The commands by which an operator decides about one rollout: they differ in what they ask for. */
export function registerDecision(
  program: Command,
  name: string,
  description: string,
  ask: (online: Online, decision: RolloutDecision) => Promise<RolloutSummary>,
): Command {
  const command = program
    .command(name)
    .description(description)
    .argument('<rollout>', 'its id', parseRolloutId)
    .requiredOption('--reason <text>', 'why, for the audit log');
  addOnlineOptions(command).action((rolloutId: RolloutId, options: DecisionOptions) =>
    presentOnline(command, options, async (online) => {
      const rollout = await ask(online, { rolloutId, reason: options.reason });
      return rolloutResult(rollout, exitCodes.done);
    }),
  );
  return command;
}

/** @throws LlnError USAGE */
export function parseRolloutId(text: string): RolloutId {
  return parseWith(rolloutIdSchema, text, 'rollout id', 'USAGE');
}
