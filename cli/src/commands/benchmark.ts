import { type BaselineFile, type BenchmarkFindings, LlnError } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { refuseUnwritable, writeWholeFile } from '../adapters/files.js';
import { systemClock } from '../adapters/system-clock.js';
import { benchmarkTable } from '../domain/benchmark-tables.js';
import { foundOf } from '../domain/profile-tables.js';
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
import { runBenchmark } from '../online/run-benchmark.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface BenchmarkOptions extends OnlineOptions, MeasureOptions {
  /** Seconds. */
  readonly duration: number;
  readonly output?: string;
  readonly force?: boolean;
}

/** `liquid-lln benchmark`: what devices take over a while, as a file to compare with later. */
export function register(program: Command): void {
  const command = program
    .command('benchmark')
    .description('measure latency and energy over a while, and keep the figures as a baseline');
  addTargetOptions(command)
    .addOption(durationOption('--duration <duration>', 'how long', '60s'))
    .option('-o, --output <file>', 'the baseline file to write')
    .option('--force', 'replace a file that exists');
  addMeasureOptions(command);
  addOnlineOptions(command).action((options: BenchmarkOptions) =>
    presentOnline(command, options, (online) => benchmark(online, options)),
  );
}

async function benchmark(online: Online, options: BenchmarkOptions): Promise<CommandResult> {
  const { output, force = false, duration, target } = options;
  if (output !== undefined) refuseUnwritable(output, force);
  const { devices, end } = await runBenchmark(online, options, duration);
  if (devices.length === 0 && !end.wasInterrupted) throw withoutFigures(end.devices);
  const missing = end.devices.filter(({ state }) => state !== 'done').map(({ deviceId }) => deviceId);
  const file: BaselineFile = {
    format: 'liquid-lln baseline',
    version: 1,
    target,
    createdMs: systemClock.wallMs(),
    devices: [...devices],
    missing,
  };
  const isWritten = output !== undefined && devices.length > 0;
  if (isWritten) writeWholeFile(output, `${JSON.stringify(file, null, 1)}\n`, { force });
  const table = renderTable(benchmarkTable(foundOf(end.devices, 'benchmark')), outputWidth());
  return {
    document: { target, file: isWritten ? output : null, baseline: file },
    text: isWritten ? `${table}\n\n${output}: the figures of ${devices.length} devices` : table,
    exitCode: measurementExitCode(end.devices, end.wasInterrupted),
  };
}

function withoutFigures(devices: Parameters<typeof foundOf<BenchmarkFindings['kind']>>[0]): LlnError {
  const [first] = devices.flatMap(({ deviceId, error }) => (error === null ? [] : [`${deviceId}: ${error.message}`]));
  return new LlnError('DEVICE_UNREACHABLE', `no device has figures; ${first ?? 'none was asked'}`);
}
