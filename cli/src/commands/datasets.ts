import { createHash } from 'node:crypto';
import { datasetNameSchema, digestSchema, limits, packageNameSchema, parseCsv, parseWith } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { readUserFile } from '../adapters/files.js';
import { systemClock } from '../adapters/system-clock.js';
import { sendFile } from '../clients/upload.js';
import { datasetTable } from '../domain/evaluate-tables.js';
import { uploadWork } from '../domain/pace.js';
import {
  addOnlineOptions,
  type Online,
  type OnlineOptions,
  presentOnline,
  withInterruption,
} from '../online/online-command.js';
import type { CommandResult } from '../output.js';
import { progressView } from '../rendering/progress.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface AddOptions extends OnlineOptions {
  readonly for?: string;
}

/** `liquid-lln datasets`: the labelled data that devices are evaluated with. */
export function register(program: Command): void {
  const command = program.command('datasets').description('list or register the data that accuracy is measured with');
  const list = command.command('list').description('list the registered datasets');
  addOnlineOptions(list).action((options: OnlineOptions) => presentOnline(list, options, listDatasets));
  const add = command
    .command('add')
    .description('register a CSV file with a header line as a dataset')
    .argument('<name>', 'how it is called from now on')
    .argument('<file>', 'the CSV file: a column for each input, one for the right answer, time stamps')
    .option('--for <package>', 'the only package that it is for');
  addOnlineOptions(add).action((name: string, file: string, options: AddOptions) =>
    presentOnline(add, options, (online) => addDataset(online, name, file, options)),
  );
}

async function listDatasets({ client }: Online): Promise<CommandResult> {
  const { datasets } = await client.request({ kind: 'datasets' });
  const text = datasets.length === 0 ? 'no datasets yet' : renderTable(datasetTable(datasets), outputWidth());
  return { document: { datasets }, text };
}

async function addDataset(online: Online, named: string, path: string, options: AddOptions): Promise<CommandResult> {
  const name = parseWith(datasetNameSchema, named, 'the name', 'USAGE');
  const packageName =
    options.for === undefined ? null : parseWith(packageNameSchema, options.for.split('@')[0], '--for', 'USAGE');
  const file = readUserFile(path, limits.packageBytesMax);
  parseCsv(Buffer.from(file).toString('utf8'));
  const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'file digest');
  const view = progressView(online.isJson, online.note, systemClock);
  try {
    await withInterruption((interrupted) => {
      const onProgress = (bytes: number) => view.update(uploadWork(bytes, file.length, name));
      return sendFile(online.client, fileDigest, { file, onProgress, interrupted });
    });
  } finally {
    view.stop();
  }
  const { dataset } = await online.client.request({ kind: 'dataset-add', name, fileDigest, packageName });
  return { document: { dataset }, text: renderTable(datasetTable([dataset]), outputWidth()) };
}
