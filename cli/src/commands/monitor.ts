import { LlnError } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import { systemClock } from '../adapters/system-clock.js';
import { formatDuration } from '../domain/duration.js';
import { type CohortHistory, extendHistory } from '../domain/live/cohort-history.js';
import { monitorScreen } from '../domain/live/monitor-screen.js';
import { signsFor } from '../domain/live/sparkline.js';
import { firingTable } from '../domain/monitor-firings.js';
import type { MonitorSample } from '../domain/monitor-sample.js';
import { type MonitorMetric, monitorMetrics, monitorTables } from '../domain/monitor-tables.js';
import { type TargetOptions, targetOf } from '../domain/targets.js';
import { formatTime } from '../domain/units.js';
import { exitCodes } from '../exit-codes.js';
import {
  addOnlineOptions,
  addTargetOptions,
  durationOption,
  type OnlineOptions,
  withCoordinator,
  withInterruption,
} from '../online/online-command.js';
import { type MonitorReport, runMonitor } from '../online/run-monitor.js';
import { updateThresholds } from '../online/update-thresholds.js';
import { type CommandResult, present, sinkOf, wantsJson } from '../output.js';
import { liveScreen } from '../rendering/live-screen.js';
import { outputHeight, outputWidth, renderTable } from '../rendering/table.js';

interface MonitorOptions extends OnlineOptions, TargetOptions {
  readonly updateThresholds?: boolean;
  readonly baseline?: string;
  readonly yes?: boolean;
  /** Seconds. */
  readonly duration: number;
  readonly metric: MonitorMetric;
  /** Seconds. */
  readonly interval: number;
}

const intervalSecondsMin = 0.2;
/** All of them are kept for the document of `--json`. */
const samplesMax = 10_000;

/** `liquid-lln monitor`: watches the key metrics of a target against their limits. */
export function register(program: Command): void {
  const command = program
    .command('monitor')
    .description('watch devices against their limits; exit 1 if anything fired');
  addTargetOptions(command, { isRequired: false })
    .option('--update-thresholds', 'do not watch: show what a baseline changes in the thresholds, and apply it')
    .option('--baseline <file>', 'with --update-thresholds: a file that `benchmark` wrote')
    .option('--yes', 'with --update-thresholds: apply it; needed on a terminal only')
    .addOption(durationOption('--duration <duration>', 'how long', '5m'))
    .addOption(new Option('--metric <metric>', 'what to show').choices(monitorMetrics).default('key'))
    .addOption(durationOption('--interval <duration>', 'how often to look', '2s'));
  addOnlineOptions(command).action((options: MonitorOptions) =>
    present(command, () => {
      if (options.updateThresholds === true) return update(command, options);
      if (options.baseline !== undefined || options.yes === true)
        throw new LlnError('USAGE', '--baseline and --yes are for --update-thresholds');
      if (options.target === undefined) throw new LlnError('USAGE', 'a --target is missing');
      checkInterval(options);
      return monitor(command, options);
    }),
  );
}

/** On a terminal somebody reads before it is applied; elsewhere who runs it has decided. */
function update(command: Command, options: MonitorOptions): Promise<CommandResult> {
  const { baseline, yes = false } = options;
  const isApplied = yes || process.stdout.isTTY !== true;
  return withCoordinator(command, options, (online) => updateThresholds(online, { baseline, isApplied }));
}

function checkInterval({ duration, interval }: MonitorOptions): void {
  if (interval < intervalSecondsMin) throw new LlnError('USAGE', `--interval is at least ${intervalSecondsMin} s`);
  if (duration / interval > samplesMax)
    throw new LlnError('USAGE', `that would be more than ${samplesMax} looks: choose a longer --interval`);
}

function monitor(command: Command, options: MonitorOptions): Promise<CommandResult> {
  const show = wantsJson(command) ? () => undefined : sampleView(options, sinkOf(command).writeOut);
  return withCoordinator(command, options, async ({ client, note }) => {
    const report = await withInterruption((interrupted) =>
      runMonitor(
        { client, clock: systemClock },
        {
          target: targetOf(options),
          durationMs: options.duration * 1000,
          intervalMs: options.interval * 1000,
          interrupted,
          onSample: show,
          onTrouble: (message) => note(`${message}\n`),
        },
      ),
    );
    return resultOf(options, report);
  });
}

/** On a terminal a screen that stays in its place; elsewhere a block of tables for each look. */
function sampleView(options: MonitorOptions, write: (text: string) => void): (sample: MonitorSample) => void {
  if (process.stdout.isTTY === true) return liveMonitor(options, write);
  return (sample) => write(`${blockOf(options, sample)}\n`);
}

function liveMonitor(options: MonitorOptions, write: (text: string) => void): (sample: MonitorSample) => void {
  const { target, metric } = options;
  const show = liveScreen(write);
  const signs = signsFor(process.env['LC_ALL'] || process.env['LC_CTYPE'] || process.env['LANG']);
  let history: CohortHistory[] = [];
  let startedMs: number | null = null;
  return (sample) => {
    history = extendHistory(history, sample);
    startedMs ??= sample.atMs;
    const elapsedMs = sample.atMs - startedMs;
    const init = { target, metric, sample, history, elapsedMs, durationMs: options.duration * 1000, signs };
    show(monitorScreen(init), outputWidth(), outputHeight());
  };
}

function blockOf({ target, metric }: MonitorOptions, sample: MonitorSample): string {
  const blocks = monitorTables(metric, sample).flatMap(({ title, table }) => [
    title,
    renderTable(table, outputWidth()),
  ]);
  const shown = blocks.filter((block) => block !== '');
  return [`${target} at ${formatTime(sample.atMs)}`, ...shown, ''].join('\n');
}

function resultOf({ target, metric }: MonitorOptions, report: MonitorReport): CommandResult {
  const { firings, samples, missed, wasInterrupted, startedMs, endedMs } = report;
  const span = formatDuration(endedMs - startedMs);
  const looks = `${samples.length} looks in ${span}${missed === 0 ? '' : `, ${missed} not answered`}`;
  const text =
    firings.length === 0
      ? `nothing fired (${looks})`
      : `fired (${looks}):\n\n${renderTable(firingTable(firings), outputWidth())}`;
  const quiet = wasInterrupted ? exitCodes.interrupted : exitCodes.done;
  return { document: { target, metric, ...report }, text, exitCode: firings.length > 0 ? exitCodes.notSo : quiet };
}
