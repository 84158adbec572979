import { readFileSync } from 'node:fs';
import { LlnError, toErrorReport } from '@liquid-lln/protocol';
import { Command, CommanderError } from 'commander';
import * as v from 'valibot';
import * as alerts from './commands/alerts.js';
import * as analyze from './commands/analyze.js';
import * as approve from './commands/approve.js';
import * as audit from './commands/audit.js';
import * as backup from './commands/backup.js';
import * as benchmark from './commands/benchmark.js';
import * as checklist from './commands/checklist.js';
import * as compare from './commands/compare.js';
import * as completion from './commands/completion.js';
import * as datasets from './commands/datasets.js';
import * as decommission from './commands/decommission.js';
import * as deploy from './commands/deploy.js';
import * as deployments from './commands/deployments.js';
import * as doctor from './commands/doctor.js';
import * as document from './commands/document.js';
import * as emergency from './commands/emergency.js';
import * as enrol from './commands/enrol.js';
import * as escalate from './commands/escalate.js';
import * as evaluate from './commands/evaluate.js';
import * as events from './commands/events.js';
import * as health from './commands/health.js';
import * as incidents from './commands/incidents.js';
import * as infer from './commands/infer.js';
import * as inspect from './commands/inspect.js';
import * as isolate from './commands/isolate.js';
import * as keygen from './commands/keygen.js';
import * as logs from './commands/logs.js';
import * as man from './commands/man.js';
import * as monitor from './commands/monitor.js';
import * as notify from './commands/notify.js';
import * as pack from './commands/pack.js';
import * as packages from './commands/packages.js';
import * as pause from './commands/pause.js';
import * as profile from './commands/profile.js';
import * as promote from './commands/promote.js';
import * as replay from './commands/replay.js';
import * as report from './commands/report.js';
import * as restore from './commands/restore.js';
import * as resume from './commands/resume.js';
import * as retry from './commands/retry.js';
import * as rollback from './commands/rollback.js';
import * as rollouts from './commands/rollouts.js';
import * as rules from './commands/rules.js';
import * as sign from './commands/sign.js';
import * as status from './commands/status.js';
import * as stop from './commands/stop.js';
import * as switchCommand from './commands/switch.js';
import * as test from './commands/test.js';
import * as up from './commands/up.js';
import * as verify from './commands/verify.js';
import { examples } from './domain/manual/examples.js';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.js';
import { exitSignal, type Sink, showError } from './output.js';

/** Every command, one file each, in the order in which `help` lists them. */
const commands = [
  pack,
  inspect,
  infer,
  keygen,
  sign,
  doctor,
  checklist,
  deploy,
  switchCommand,
  decommission,
  stop,
  pause,
  resume,
  promote,
  approve,
  retry,
  rollouts,
  deployments,
  report,
  replay,
  packages,
  rollback,
  isolate,
  status,
  health,
  monitor,
  verify,
  test,
  profile,
  benchmark,
  compare,
  analyze,
  evaluate,
  datasets,
  rules,
  logs,
  events,
  audit,
  alerts,
  notify,
  incidents,
  document,
  escalate,
  emergency,
  enrol,
  backup,
  restore,
  up,
  completion,
  man,
];

/**
 * Runs `liquid-lln` with these arguments (without node and script).
 * @returns the exit status; nothing is thrown and nothing exits.
 */
export async function runCli(args: readonly string[], sink: Sink): Promise<ExitCode> {
  const isJson = args.includes('--json');
  try {
    await buildProgram(sink, isJson).parseAsync(args, { from: 'user' });
    return exitCodes.done;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return endOf(thrown, sink, isJson);
    showError(sink, isJson, thrown);
    return exitCodeOf(toErrorReport(thrown).code);
  }
}

/** The program with all its commands. */
export function buildProgram(sink: Sink, isJson: boolean): Command {
  const program = new Command('liquid-lln')
    .description('Puts liquid neural networks on fleets of gateways, watches them, and takes bad ones back.')
    .version(packageVersion(), '--version', 'print the version')
    // So that `pack --version 1.0.0` is pack's own option.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError(isJson ? false : '(see `liquid-lln help`)')
    .configureOutput({ ...sink, outputError: (text, write) => (isJson ? undefined : write(text)) });
  for (const command of commands) command.register(program);
  for (const command of program.commands) command.addHelpText('after', exampleText(command.name()));
  return program;
}

function exampleText(name: string): string {
  const lines = examples[name] ?? [];
  return lines.length === 0 ? '' : ['', 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n');
}

/** Commander ends a run by throwing: after help and version, after a usage error, and for `present`. */
function endOf(end: CommanderError, sink: Sink, isJson: boolean): ExitCode {
  if (end.exitCode === 0) return exitCodes.done;
  const exitCode = Object.values(exitCodes).find((code) => code === end.exitCode);
  if (end.code === exitSignal && exitCode !== undefined) return exitCode;
  if (isJson) showError(sink, isJson, new LlnError('USAGE', end.message.replace(/^error: /, '')));
  return exitCodes.usage;
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return v.parse(v.object({ version: v.string() }), manifest).version;
}
