import type { Command } from 'commander';
import { healthTable, isServingWell } from '../domain/device-tables.js';
import { type TargetOptions, targetOf } from '../domain/targets.js';
import { exitCodes } from '../exit-codes.js';
import {
  addOnlineOptions,
  addTargetOptions,
  type Online,
  type OnlineOptions,
  presentOnline,
} from '../online/online-command.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface HealthOptions extends OnlineOptions, TargetOptions {}

/** `liquid-lln health`: whether every device of a target is healthy, and why not. */
export function register(program: Command): void {
  const command = program
    .command('health')
    .description("show each device's health and why; exit 1 if any is not healthy");
  addTargetOptions(command);
  addOnlineOptions(command).action((options: HealthOptions) =>
    presentOnline(command, options, (online) => health(online, options)),
  );
}

async function health({ client }: Online, options: HealthOptions): Promise<CommandResult> {
  const { devices } = await client.request({ kind: 'devices', target: targetOf(options) });
  const healthy = devices.filter(isServingWell).length;
  const isHealthy = devices.length > 0 && healthy === devices.length;
  return {
    document: { target: options.target, isHealthy, healthy, devices },
    text: `${renderTable(healthTable(devices), outputWidth())}\n\n${healthy} of ${devices.length} healthy`.trimStart(),
    exitCode: isHealthy ? exitCodes.done : exitCodes.notSo,
  };
}
