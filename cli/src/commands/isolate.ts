import type { DeviceIsolation } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { systemClock } from '../adapters/system-clock.js';
import { isInForce, isolationChanges, isolationTable } from '../domain/isolation-text.js';
import { type TargetOptions, targetOf } from '../domain/targets.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import {
  addOnlineOptions,
  addTargetOptions,
  durationOption,
  type Online,
  type OnlineOptions,
  presentOnline,
  withInterruption,
} from '../online/online-command.js';
import { type IsolationWatchEnd, watchIsolation } from '../online/watch-isolation.js';
import type { CommandResult } from '../output.js';
import { type ProgressView, progressView } from '../rendering/progress.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface IsolateOptions extends OnlineOptions, TargetOptions {
  readonly release?: boolean;
  readonly reason: string;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** `liquid-lln isolate`: takes devices out of inference traffic, and lets them into it again. */
export function register(program: Command): void {
  const command = program
    .command('isolate')
    .description('take devices out of inference traffic, or let them into it again; all else goes on');
  addTargetOptions(command)
    .option('--release', 'let them answer clients again')
    .requiredOption('--reason <text>', 'why, for the audit log and for clients')
    .option('--no-wait', 'do not wait for the devices')
    .addOption(durationOption('--timeout <duration>', 'how long to wait for the devices', '30s'));
  addOnlineOptions(command).action((options: IsolateOptions) =>
    presentOnline(command, options, (online) => isolate(online, options)),
  );
}

async function isolate(online: Online, options: IsolateOptions): Promise<CommandResult> {
  const target = targetOf(options);
  const isolated = options.release !== true;
  const { devices } = await online.client.request({ kind: 'isolate', target, isolated, reason: options.reason });
  if (!options.wait) return resultOf(options, devices, exitCodes.done);
  const end = await follow(online, options, devices);
  return resultOf(options, end.devices, exitCodeOf(end, isolated));
}

async function follow(
  { client, isJson, note }: Online,
  options: IsolateOptions,
  first: readonly DeviceIsolation[],
): Promise<IsolationWatchEnd> {
  const view = progressView(isJson, note, systemClock);
  const target = targetOf(options);
  const isolated = options.release !== true;
  const onChange = showChanges(view, isolated);
  const onTrouble = (text: string) => view.log(text);
  try {
    return await withInterruption((interrupted) => {
      const init = { target, isolated, first, timeoutMs: options.timeout * 1_000, interrupted, onChange, onTrouble };
      return watchIsolation({ client, clock: systemClock }, init);
    });
  } finally {
    view.stop();
  }
}

function showChanges(view: ProgressView, isolated: boolean): (devices: readonly DeviceIsolation[]) => void {
  let shown: readonly DeviceIsolation[] | null = null;
  return (devices) => {
    for (const line of isolationChanges(shown, devices)) view.log(line);
    const text = isolated ? 'isolated' : 'released';
    view.update({ done: countInForce(devices, isolated), total: devices.length, text, rate: null });
    shown = devices;
  };
}

function exitCodeOf({ devices, how }: IsolationWatchEnd, isolated: boolean): ExitCode {
  if (how === 'timed-out') return exitCodes.timedOut;
  if (how === 'interrupted') return exitCodes.interrupted;
  return countInForce(devices, isolated) === devices.length ? exitCodes.done : exitCodes.notSo;
}

function resultOf(options: IsolateOptions, devices: readonly DeviceIsolation[], exitCode: ExitCode): CommandResult {
  const isolated = options.release !== true;
  const inForce = countInForce(devices, isolated);
  const what = isolated ? 'isolated' : 'released';
  return {
    document: { target: options.target, isolated, isDone: inForce === devices.length, inForce, devices },
    text: `${renderTable(isolationTable(devices), outputWidth())}\n\n${inForce} of ${devices.length} ${what}`,
    exitCode,
  };
}

function countInForce(devices: readonly DeviceIsolation[], isolated: boolean): number {
  return devices.filter((device) => isInForce(device, isolated)).length;
}
