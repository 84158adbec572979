import { type Command, Option } from 'commander';
import { findBottleneck } from '../domain/bottleneck.js';
import { bottleneckTable, isBoard } from '../domain/detail-tables.js';
import { foundOf } from '../domain/profile-tables.js';
import { addMeasureOptions, type MeasureOptions, measureTarget } from '../online/measure-options.js';
import { measurementExitCode } from '../online/measurement-outcome.js';
import {
  addOnlineOptions,
  addTargetOptions,
  type Online,
  type OnlineOptions,
  presentOnline,
} from '../online/online-command.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

const analyzeMetrics = ['performance'] as const;
const samples = 300;

interface AnalyzeOptions extends OnlineOptions, MeasureOptions {
  readonly metric: (typeof analyzeMetrics)[number];
}

/** `liquid-lln analyze`: what slows devices down, with the figures behind it. */
export function register(program: Command): void {
  const command = program.command('analyze').description('name the bottleneck of each device, with its figures');
  addTargetOptions(command).addOption(
    new Option('--metric <metric>', 'what is looked into').choices(analyzeMetrics).default('performance'),
  );
  addMeasureOptions(command);
  addOnlineOptions(command).action((options: AnalyzeOptions) =>
    presentOnline(command, options, (online) => analyze(online, options)),
  );
}

async function analyze(online: Online, options: AnalyzeOptions): Promise<CommandResult> {
  const { devices, wasInterrupted } = await measureTarget(online, options, { kind: 'detailed', samples });
  const found = foundOf(devices, 'detailed');
  const analyzed = found.map((device) => ({
    ...device,
    bottleneck: device.findings === null ? null : findBottleneck(device.findings, isBoard(device.deviceId)),
  }));
  return {
    document: { target: options.target, metric: options.metric, devices: analyzed },
    text: renderTable(bottleneckTable(found), outputWidth()),
    exitCode: measurementExitCode(devices, wasInterrupted),
  };
}
