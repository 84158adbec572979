import { LlnError, type RolloutId, type RolloutSummary } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import { systemClock } from '../adapters/system-clock.js';
import type { CoordinatorClient } from '../clients/coordinator-client.js';
import { rolloutHeadline } from '../domain/rollout-text.js';
import { countStopped, isStopAwaited, stopChanges, stopTable, toldToStop } from '../domain/stop-text.js';
import { rolloutsToStop, targetOf } from '../domain/targets.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { parseRolloutId } from '../online/decide-rollout.js';
import {
  addOnlineOptions,
  durationOption,
  type Online,
  type OnlineOptions,
  withCoordinator,
  withInterruption,
} from '../online/online-command.js';
import { type UntilEnd, watchUntil } from '../online/watch-until.js';
import { type CommandResult, present } from '../output.js';
import { type ProgressView, progressView } from '../rendering/progress.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface StopOptions extends OnlineOptions {
  readonly rollout?: RolloutId;
  readonly target?: string;
  readonly all?: boolean;
  readonly reason: string;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
}

type Rollouts = readonly RolloutSummary[];

/** `liquid-lln stop`: halts rollouts; their unconfirmed devices go back to what they had, and say so. */
export function register(program: Command): void {
  const command = program
    .command('stop')
    .alias('abort')
    .description('halt rollouts, also what is in progress; unconfirmed devices revert')
    .argument('[rollout]', 'its id', parseRolloutId)
    .addOption(new Option('--rollout <id>', 'the same').argParser(parseRolloutId))
    .option('--target <target>', 'every open rollout to this target, or to this environment; or all')
    .option('--all', 'every open rollout')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option('--no-wait', 'do not wait for the devices')
    .addOption(durationOption('--timeout <duration>', 'how long to wait for the devices', '30s'));
  addOnlineOptions(command).action((rolloutId: RolloutId | undefined, options: StopOptions) =>
    present(command, () => {
      const rollout = rolloutId ?? options.rollout ?? null;
      if (rollout === null && options.target === undefined && options.all !== true)
        throw new LlnError('USAGE', 'say what to stop: a rollout, --target TARGET or --all');
      return withCoordinator(command, options, (online) => stop(online, options, rollout));
    }),
  );
}

async function stop(online: Online, options: StopOptions, rollout: RolloutId | null): Promise<CommandResult> {
  const { client } = online;
  const stopped: RolloutSummary[] = [];
  for (const rolloutId of rollout === null ? await findOpen(client, options) : [rollout]) {
    stopped.push((await client.request({ kind: 'stop', rolloutId, reason: options.reason })).rollout);
  }
  if (stopped.length === 0) return nothingOpen;
  if (!options.wait) return resultOf(stopped, exitCodes.done);
  const { view, how } = await follow(online, options, stopped);
  return resultOf(view, exitCodeOf(view, how));
}

/** Whoever stops everything wants nothing to be open: so it is. */
const nothingOpen: CommandResult = {
  document: { rollouts: [], told: 0, acknowledged: 0 },
  text: 'nothing to stop: no rollout is open',
};

/** @throws LlnError ROLLOUT_UNKNOWN where none to a target is open: its name may be another one than was meant */
async function findOpen(client: CoordinatorClient, { target = 'all' }: StopOptions): Promise<RolloutId[]> {
  const { rollouts } = await client.request({ kind: 'rollouts', limit: 1_000 });
  const open = rolloutsToStop(rollouts, targetOf({ target }));
  if (open.length === 0 && target !== 'all') throw new LlnError('ROLLOUT_UNKNOWN', `no rollout to ${target} is open`);
  return open.map(({ rolloutId }) => rolloutId);
}

async function follow(
  { client, isJson, note }: Online,
  { timeout }: StopOptions,
  first: Rollouts,
): Promise<UntilEnd<Rollouts>> {
  const view = progressView(isJson, note, systemClock);
  const ask = () =>
    Promise.all(first.map(async ({ rolloutId }) => (await client.request({ kind: 'rollout', rolloutId })).rollout));
  const onTrouble = (text: string) => view.log(text);
  try {
    return await withInterruption((interrupted) => {
      const init = { first, ask, isAwaited: isStopAwaited, timeoutMs: timeout * 1_000, interrupted };
      return watchUntil<Rollouts>(systemClock, { ...init, onChange: showChanges(view), onTrouble });
    });
  } finally {
    view.stop();
  }
}

function showChanges(view: ProgressView): (rollouts: Rollouts) => void {
  let shown: Rollouts | null = null;
  return (rollouts) => {
    for (const line of stopChanges(shown, rollouts)) view.log(line);
    const [done, total] = [countStopped(rollouts), toldToStop(rollouts).length];
    view.update({ done, total, text: 'acknowledged', rate: null });
    shown = rollouts;
  };
}

function exitCodeOf(rollouts: Rollouts, how: UntilEnd<Rollouts>['how']): ExitCode {
  if (how === 'timed-out') return exitCodes.timedOut;
  if (how === 'interrupted') return exitCodes.interrupted;
  return countStopped(rollouts) === toldToStop(rollouts).length ? exitCodes.done : exitCodes.notSo;
}

function resultOf(rollouts: Rollouts, exitCode: ExitCode): CommandResult {
  const acknowledged = countStopped(rollouts);
  const told = toldToStop(rollouts).length;
  const blocks = rollouts.map(
    (rollout) => `${rolloutHeadline(rollout)}\n\n${renderTable(stopTable(rollout), outputWidth())}`,
  );
  return {
    document: { rollouts, told, acknowledged },
    text: [...blocks, `${acknowledged} of ${told} acknowledged`].join('\n\n'),
    exitCode,
  };
}
