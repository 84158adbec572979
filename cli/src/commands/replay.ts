import { parseWith, rolloutIdSchema, type WhatIf } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { parseDurationSeconds } from '../domain/duration.js';
import { integerBetween } from '../domain/integer.js';
import { differenceTable, replayHeadline, replayTable, unknownLines } from '../domain/replay-text.js';
import { exitCodes } from '../exit-codes.js';
import { type AnalysisOptions, analysisOf, analysisOptions } from '../online/analysis-options.js';
import { askReplay } from '../online/ask-replay.js';
import { type RolloutLimitOptions, rolloutLimitOptions, rolloutLimitsOf } from '../online/limit-options.js';
import { addOnlineOptions, type Online, type OnlineOptions, presentOnline } from '../online/online-command.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface ReplayOptions extends OnlineOptions, AnalysisOptions, RolloutLimitOptions {
  readonly rollout: string;
  /** Seconds. */
  readonly soak?: number;
  readonly evidence?: number;
}

/** `liquid-lln replay`: what a rollout would have done under other limits. */
export function register(program: Command): void {
  const command = program
    .command('replay')
    .description('plan what was recorded of a rollout again, under other limits: what each gate would have said')
    .requiredOption('--rollout <id>', 'which rollout')
    .option('--soak <duration>', 'how long a trial is watched before it is confirmed', parseDurationSeconds)
    .option('--evidence <n>', 'clean inferences that a trial needs', integerBetween(1, 1_000_000_000));
  for (const option of [...rolloutLimitOptions, ...analysisOptions]) command.addOption(option);
  addOnlineOptions(command).action((options: ReplayOptions) =>
    presentOnline(command, options, (online) => replay(online, options)),
  );
}

async function replay(online: Online, options: ReplayOptions): Promise<CommandResult> {
  const rolloutId = parseWith(rolloutIdSchema, options.rollout, '--rollout', 'USAGE');
  const found = await askReplay(online, { kind: 'replay', rolloutId, whatIf: whatIfOf(options) });
  const width = outputWidth();
  const blocks = [
    replayHeadline(found),
    renderTable(replayTable(found), width),
    renderTable(differenceTable(found), width),
    unknownLines(found).join('\n'),
  ];
  return {
    document: { replay: found },
    text: blocks.filter((block) => block !== '').join('\n\n'),
    exitCode: found.isReproduced ? exitCodes.done : exitCodes.notSo,
  };
}

function whatIfOf(options: ReplayOptions): WhatIf {
  const limits = rolloutLimitsOf(options);
  return {
    ...(limits === undefined ? {} : { limits }),
    ...analysisOf(options),
    ...(options.soak === undefined ? {} : { soakSeconds: Math.round(options.soak) }),
    ...(options.evidence === undefined ? {} : { evidenceInferencesMin: options.evidence }),
  };
}
