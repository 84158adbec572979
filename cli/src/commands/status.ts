import { type Command, Option } from 'commander';
import { type StatusMetric, statusMetrics, statusTable } from '../domain/device-tables.js';
import { type TargetOptions, targetOf } from '../domain/targets.js';
import {
  addOnlineOptions,
  addTargetOptions,
  type Online,
  type OnlineOptions,
  presentOnline,
} from '../online/online-command.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';
import { listRollouts } from './rollouts.js';

interface StatusOptions extends OnlineOptions, TargetOptions {
  readonly metric: StatusMetric;
}

/** `liquid-lln status`: what devices have and do. */
export function register(program: Command): void {
  const command = program.command('status').description('show what devices have and do');
  addTargetOptions(command).addOption(
    new Option('--metric <metric>', 'what to show').choices(statusMetrics).default('overview'),
  );
  addOnlineOptions(command).action((options: StatusOptions) =>
    presentOnline(command, options, (online) => status(online, options)),
  );
}

async function status({ client }: Online, options: StatusOptions): Promise<CommandResult> {
  if (options.target === 'rollouts') return listRollouts(client, 20);
  const { devices } = await client.request({ kind: 'devices', target: targetOf(options) });
  const text =
    devices.length === 0 ? 'no devices yet' : renderTable(statusTable(options.metric, devices), outputWidth());
  const notes = devices.flatMap(({ deviceId, notes = [] }) => notes.map((note) => `${deviceId}: ${note}`));
  const document = { target: options.target, metric: options.metric, devices };
  return { document, text: notes.length === 0 ? text : [text, notes.join('\n')].join('\n\n') };
}
