import { LlnError, type LogLine, limits, type OperatorReplyTo } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { systemClock } from '../adapters/system-clock.js';
import { integerBetween } from '../domain/integer.js';
import { logText } from '../domain/log-text.js';
import { type TargetOptions, targetOf } from '../domain/targets.js';
import { exitCodes } from '../exit-codes.js';
import { followLogs } from '../online/follow-logs.js';
import {
  addOnlineOptions,
  addTargetOptions,
  type Online,
  type OnlineOptions,
  withCoordinator,
  withInterruption,
} from '../online/online-command.js';
import { type CommandResult, present, sinkOf, wantsJson } from '../output.js';

interface LogsOptions extends OnlineOptions, TargetOptions {
  readonly follow?: boolean;
  readonly tail: number;
}

/** `liquid-lln logs`: the last lines of the devices' logs, and those to come. */
export function register(program: Command): void {
  const command = program.command('logs').description("show the devices' logs");
  addTargetOptions(command)
    .option('--follow', 'go on with the lines to come, until Ctrl-C')
    .option('--tail <n>', 'so many of the last lines of each device', integerBetween(0, limits.logLinesMax), 20);
  addOnlineOptions(command).action((options: LogsOptions) => present(command, () => logs(command, options)));
}

function logs(command: Command, options: LogsOptions): Promise<CommandResult> {
  if (options.follow === true && wantsJson(command))
    throw new LlnError('USAGE', '--follow has no end and --json is one document: ask for --tail instead');
  return withCoordinator(command, options, (online) =>
    options.follow === true ? follow(online, options, sinkOf(command).writeOut) : tail(online, options),
  );
}

async function tail({ client, note }: Online, options: LogsOptions): Promise<CommandResult> {
  const target = targetOf(options);
  const reply = await client.request({ kind: 'logs', target, tail: options.tail, followSeconds: 0 });
  noteSilent(reply, note);
  const isAnswered = reply.logs.length > 0 || reply.silent.length === 0;
  const { logs, silent } = reply;
  return {
    document: { logs, silent },
    text: tailText(reply),
    exitCode: isAnswered ? exitCodes.done : exitCodes.timedOut,
  };
}

async function follow(
  { client, note }: Online,
  options: LogsOptions,
  show: (text: string) => void,
): Promise<CommandResult> {
  await withInterruption((interrupted) =>
    followLogs(
      { client, clock: systemClock },
      {
        target: targetOf(options),
        tail: options.tail,
        interrupted,
        onTail: (reply) => {
          noteSilent(reply, note);
          const text = tailText(reply);
          if (text !== '') show(`${text}\n`);
        },
        onLines: ({ deviceId, lines }) => show(lines.map((line) => `${logText(deviceId, line)}\n`).join('')),
        onTrouble: (message) => note(`${message}\n`),
      },
    ),
  );
  return { document: null, text: '', exitCode: exitCodes.interrupted };
}

/** The lines of all devices in the order of their times. */
function tailText({ logs }: OperatorReplyTo<'logs'>): string {
  const lines = logs.flatMap((log) => log.lines.map((line: LogLine) => ({ deviceId: log.deviceId, line })));
  return lines
    .sort((a, b) => a.line.atMs - b.line.atMs)
    .map(({ deviceId, line }) => logText(deviceId, line))
    .join('\n');
}

function noteSilent({ silent }: OperatorReplyTo<'logs'>, note: (text: string) => void): void {
  if (silent.length > 0) note(`no answer from ${silent.join(', ')}\n`);
}
