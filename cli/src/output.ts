import { type ErrorReport, LlnError, toErrorReport } from '@liquid-lln/protocol';
import { type Command, CommanderError } from 'commander';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.js';

/** What a command found out, in both of its forms. */
export interface CommandResult {
  /** The one JSON document that `--json` prints. */
  readonly document: unknown;
  /** What a person reads. */
  readonly text: string;
  /** `exitCodes.done` unless said otherwise. */
  readonly exitCode?: ExitCode;
}

/** Where a program writes; commander's own output functions, so that a program can run inside another process. */
export interface Sink {
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
}

/** The `code` of the `CommanderError` that carries an exit status other than 0 out of a command. */
export const exitSignal = 'lln.exit';

/**
 * Runs the work of a command and shows its result or its error: the only way in which a command prints its result.
 * @throws CommanderError with `exitSignal` if the exit status is not 0.
 */
export async function present(command: Command, work: () => CommandResult | Promise<CommandResult>): Promise<void> {
  const sink = sinkOf(command);
  const isJson = wantsJson(command);
  const exitCode = await workAndShow(sink, isJson, work);
  if (exitCode !== exitCodes.done) throw new CommanderError(exitCode, exitSignal, '');
}

/** Whether the command was given `--json`: then nothing but the result may go to standard output. */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}

/** The output functions that a command inherits from its program. */
export function sinkOf(command: Command): Sink {
  const { writeOut, writeErr } = command.configureOutput();
  if (writeOut === undefined || writeErr === undefined) throw new LlnError('INTERNAL', 'the program has no output');
  return { writeOut, writeErr };
}

async function workAndShow(
  sink: Sink,
  isJson: boolean,
  work: () => CommandResult | Promise<CommandResult>,
): Promise<ExitCode> {
  try {
    const result = await work();
    sink.writeOut(isJson ? jsonLine(result.document) : textBlock(result.text));
    return result.exitCode ?? exitCodes.done;
  } catch (thrown) {
    showError(sink, isJson, thrown);
    return exitCodeOf(toErrorReport(thrown).code);
  }
}

/** Shows an error: as a document on standard output with `--json`, else in words on standard error. */
export function showError(sink: Sink, isJson: boolean, thrown: unknown): void {
  const report = toErrorReport(thrown);
  if (isJson) sink.writeOut(jsonLine({ error: report }));
  else sink.writeErr(errorText(report));
  if (!(thrown instanceof LlnError) && thrown instanceof Error) sink.writeErr(`${thrown.stack ?? thrown.message}\n`);
}

function errorText({ code, message, remedy }: ErrorReport): string {
  return `error: ${message} [${code}]\n       ${remedy}\n`;
}

function jsonLine(document: unknown): string {
  return `${JSON.stringify(document)}\n`;
}

function textBlock(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
