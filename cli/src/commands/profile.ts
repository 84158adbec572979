import { energyVerdict, LlnError, type MeasurementSpec, measurementLimits } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import { detailTable } from '../domain/detail-tables.js';
import { parsePositiveDurationSeconds } from '../domain/duration.js';
import { integerBetween } from '../domain/integer.js';
import { energyTable, foundOf, latencyTable } from '../domain/profile-tables.js';
import type { Table } from '../domain/table.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { addMeasureOptions, type MeasureOptions, measureTarget } from '../online/measure-options.js';
import { measurementExitCode } from '../online/measurement-outcome.js';
import {
  addOnlineOptions,
  addTargetOptions,
  type Online,
  type OnlineOptions,
  presentOnline,
} from '../online/online-command.js';
import type { MeasureEnd } from '../online/run-measurement.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

const profileMetrics = ['latency', 'energy'] as const;

interface ProfileOptions extends OnlineOptions, MeasureOptions {
  readonly metric: (typeof profileMetrics)[number];
  readonly detailed?: boolean;
  readonly samples?: number;
  /** Seconds. */
  readonly duration?: number;
}

const samplesDefault = 1_000;
const secondsDefault = 60;

/** `liquid-lln profile`: what an inference takes on the devices themselves. */
export function register(program: Command): void {
  const command = program
    .command('profile')
    .description('measure latency or energy on the devices, beside what they serve');
  addTargetOptions(command)
    .addOption(new Option('--metric <metric>', 'what to measure').choices(profileMetrics).default('latency'))
    .addOption(
      new Option('--samples <n>', 'latency: exactly so many inferences on each device (1000)').argParser(
        integerBetween(1, measurementLimits.samplesMax),
      ),
    )
    .addOption(new Option('--duration <duration>', 'energy: how long (60s)').argParser(parsePositiveDurationSeconds));
  command.option('--detailed', 'latency: where the time goes: kernel by layer, call, serial line, HTTP');
  addMeasureOptions(command);
  addOnlineOptions(command).action((options: ProfileOptions) =>
    presentOnline(command, options, (online) => profile(online, options)),
  );
}

async function profile(online: Online, options: ProfileOptions): Promise<CommandResult> {
  const spec = specOf(options);
  const end = await measureTarget(online, options, spec);
  const { target, metric } = options;
  return {
    document: { target, metric, spec, share: options.share, devices: end.devices },
    text: renderTable(tableOf(spec.kind, end.devices), outputWidth()),
    exitCode: exitCodeOf(end),
  };
}

function tableOf(kind: MeasurementSpec['kind'], devices: MeasureEnd['devices']): Table {
  if (kind === 'detailed') return detailTable(foundOf(devices, 'detailed'));
  return kind === 'energy' ? energyTable(foundOf(devices, 'energy')) : latencyTable(foundOf(devices, 'latency'));
}

function specOf({ metric, samples, duration, detailed }: ProfileOptions): MeasurementSpec {
  if (metric === 'energy') {
    if (detailed === true) throw new LlnError('USAGE', '--detailed is for --metric latency');
    if (samples !== undefined) throw new LlnError('USAGE', '--samples is for --metric latency: give a --duration');
    return { kind: 'energy', seconds: duration ?? secondsDefault };
  }
  if (duration !== undefined) throw new LlnError('USAGE', '--duration is for --metric energy: give --samples');
  return { kind: detailed === true ? 'detailed' : 'latency', samples: samples ?? samplesDefault };
}

/** Figures that say that a budget is not kept, or that there are none, are not what was hoped for. */
function exitCodeOf({ devices, wasInterrupted }: MeasureEnd): ExitCode {
  const measured = measurementExitCode(devices, wasInterrupted);
  if (measured !== exitCodes.done) return measured;
  const hasBadEnergy = foundOf(devices, 'energy').some(
    ({ findings }) => findings !== null && (findings.energyMw === null || energyVerdict(findings) === 'above'),
  );
  const hasErrors = foundOf(devices, 'latency').some(({ findings }) => (findings?.errors ?? 0) > 0);
  return hasBadEnergy || hasErrors ? exitCodes.notSo : exitCodes.done;
}
