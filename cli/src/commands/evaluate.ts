import { datasetNameSchema, LlnError, parseWith } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { accuracyTable, accuracyVerdict } from '../domain/evaluate-tables.js';
import { foundOf } from '../domain/profile-tables.js';
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

interface EvaluateOptions extends OnlineOptions, MeasureOptions {
  readonly dataset: string;
  readonly labelColumn?: string;
}

/** `liquid-lln evaluate`: how often devices decide rightly over a dataset, by their own engines. */
export function register(program: Command): void {
  const command = program
    .command('evaluate')
    .description('measure the accuracy on the devices over a registered dataset; exit 1 below the minimum');
  addTargetOptions(command)
    .requiredOption('--dataset <name>', 'a registered dataset')
    .option('--label-column <name>', 'where the right answers are, if not in a column that is named like it');
  addMeasureOptions(command);
  addOnlineOptions(command).action((options: EvaluateOptions) =>
    presentOnline(command, options, (online) => evaluate(online, options)),
  );
}

async function evaluate(online: Online, options: EvaluateOptions): Promise<CommandResult> {
  const name = parseWith(datasetNameSchema, options.dataset, '--dataset', 'USAGE');
  const { datasets } = await online.client.request({ kind: 'datasets' });
  const found = datasets.find((dataset) => dataset.name === name);
  if (found === undefined) throw new LlnError('DATASET_UNKNOWN', `no dataset ${name} is registered`, { name });
  const { digest, sizeBytes, packageName } = found;
  const dataset = { name, digest, sizeBytes, packageName };
  const end = await measureTarget(online, options, {
    kind: 'evaluate',
    dataset,
    labelColumn: options.labelColumn ?? null,
  });
  const table = renderTable(accuracyTable(foundOf(end.devices, 'evaluate')), outputWidth());
  const notes = foundOf(end.devices, 'evaluate').some(({ findings }) => findings?.isAsPacked === false)
    ? `\n\n${name} is not the dataset that the package was packed with under that name`
    : '';
  return {
    document: { target: options.target, dataset, devices: end.devices },
    text: `${table}${notes}`,
    exitCode: exitCodeOf(end),
  };
}

function exitCodeOf({ devices, wasInterrupted }: MeasureEnd): ExitCode {
  const measured = measurementExitCode(devices, wasInterrupted);
  if (measured !== exitCodes.done) return measured;
  const isBelow = foundOf(devices, 'evaluate').some(
    ({ findings }) => findings !== null && accuracyVerdict(findings) === 'below',
  );
  return isBelow ? exitCodes.notSo : exitCodes.done;
}
