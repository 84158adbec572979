import { compareRuns } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import { comparisonTable } from '../domain/benchmark-tables.js';
import { parsePercent } from '../domain/percent.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { addMeasureOptions, type MeasureOptions } from '../online/measure-options.js';
import { measurementExitCode } from '../online/measurement-outcome.js';
import {
  addOnlineOptions,
  addTargetOptions,
  durationOption,
  type Online,
  type OnlineOptions,
  presentOnline,
} from '../online/online-command.js';
import { readBaseline, runBenchmark } from '../online/run-benchmark.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface CompareOptions extends OnlineOptions, MeasureOptions {
  readonly baseline: string;
  /** Seconds. */
  readonly duration: number;
  /** A share, 0 to 1. */
  readonly tolerance: number;
}

/** `liquid-lln compare`: whether devices are slower or hungrier than they were, or only seem so. */
export function register(program: Command): void {
  const command = program
    .command('compare')
    .description('measure anew and compare with a baseline; exit 1 on a regression');
  addTargetOptions(command)
    .requiredOption('--baseline <file>', 'a file that `benchmark` wrote')
    .addOption(durationOption('--duration <duration>', 'how long to measure', '30s'))
    .addOption(
      new Option('--tolerance <percent>', 'how much worse is no regression')
        .argParser((text) => parsePercent(text) / 100)
        .default(0.1, '10%'),
    );
  addMeasureOptions(command);
  addOnlineOptions(command).action((options: CompareOptions) =>
    presentOnline(command, options, (online) => compare(online, options)),
  );
}

async function compare(online: Online, options: CompareOptions): Promise<CommandResult> {
  const baseline = readBaseline(options.baseline);
  const { devices, end } = await runBenchmark(online, options, options.duration);
  const asked = new Set(end.devices.map(({ deviceId }) => deviceId));
  const before = baseline.devices.filter(({ deviceId }) => asked.has(deviceId));
  const comparison = compareRuns(before, devices, options.tolerance);
  const notes = comparison.notes.map((note) => `  ${note}`);
  const text = [renderTable(comparisonTable(comparison), outputWidth()), '', summaryOf(comparison.rows), ...notes];
  return {
    document: {
      target: options.target,
      baseline: options.baseline,
      tolerance: options.tolerance,
      ...comparison,
      devices,
    },
    text: text.join('\n').trimStart(),
    exitCode: exitCodeOf(measurementExitCode(end.devices, end.wasInterrupted), comparison),
  };
}

function summaryOf(rows: ReturnType<typeof compareRuns>['rows']): string {
  const worse = rows.filter(({ verdict }) => verdict === 'worse').length;
  const told = rows.filter(({ verdict }) => verdict !== 'too little to tell');
  if (rows.length === 0) return 'nothing to compare: no device is in both runs';
  if (told.length === 0) return 'too little to tell: measure longer';
  if (worse > 0) return `${worse} of ${rows.length} figures are worse`;
  const isSame = told.every(({ verdict }) => verdict === 'no significant difference');
  return isSame ? 'no significant difference' : 'no regression';
}

/** What could not be compared is not as good as it was. */
function exitCodeOf(measured: ExitCode, { rows, isRegression }: ReturnType<typeof compareRuns>): ExitCode {
  if (measured !== exitCodes.done) return measured;
  const isTold = rows.some(({ verdict }) => verdict !== 'too little to tell');
  return isTold && !isRegression ? exitCodes.done : exitCodes.notSo;
}
