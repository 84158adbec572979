import { type CheckName, LlnError, type Suite, suiteChecks } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import { targetOf } from '../domain/targets.js';
import { checkTable, isVerified, verificationTable, verifySummary } from '../domain/verify-tables.js';
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

interface VerifyOptions extends OnlineOptions, MeasureOptions {
  readonly testSuite: Suite;
  readonly last?: boolean;
  readonly drill?: boolean;
}

const suites = ['smoke', 'integration', 'production', 'full'] as const;

/** `liquid-lln verify`: whether devices do what their package promises, checked on the devices. */
export function register(program: Command): void {
  const command = program
    .command('verify')
    .description('check on the devices that they do what their package promises; exit 1 if one does not');
  addTargetOptions(command)
    .addOption(new Option('--test-suite <suite>', 'what is checked').choices(suites).default('smoke'))
    .option(
      '--drill',
      'make the rollback drill in production, too: clients are answered by the other package for seconds',
    )
    .option('--last', 'show the last verifications that are kept, without making one');
  addMeasureOptions(command);
  addOnlineOptions(command).action((options: VerifyOptions) =>
    presentOnline(command, options, (online) =>
      options.last === true ? showLast(online, options) : verify(online, options),
    ),
  );
}

/** Has the devices of a target make the checks of a suite. */
export async function verifySuite(
  online: Online,
  options: MeasureOptions & { readonly drill?: boolean },
  suite: Suite,
): Promise<CommandResult> {
  const drill = { isInProduction: options.drill === true, heldBecause: null };
  const spec = { kind: 'verify' as const, suite, checks: checksOf(suite, options.drill), dataset: null, drill };
  const end = await measureTarget(online, options, spec);
  const isPassed = isVerified(end.devices);
  return {
    document: { target: options.target, suite, isPassed, devices: end.devices },
    text: `${renderTable(checkTable(end.devices), outputWidth())}\n\n${verifySummary(end.devices, suite)}`,
    exitCode: exitCodeOf(end, isPassed),
  };
}

function verify(online: Online, options: VerifyOptions): Promise<CommandResult> {
  return verifySuite(online, options, options.testSuite);
}

/** The drill can be asked for with any suite. */
function checksOf(suite: Suite, isDrillWanted = false): CheckName[] {
  const usual = suiteChecks[suite];
  return isDrillWanted && !usual.includes('drill') ? [...usual, 'drill'] : [...usual];
}

async function showLast({ client }: Online, options: VerifyOptions): Promise<CommandResult> {
  const suite = options.testSuite;
  const { verifications } = await client.request({ kind: 'verifications', target: targetOf(options), suite });
  if (verifications.length === 0)
    throw new LlnError('VERIFICATION_UNKNOWN', `no verification with suite ${suite} is kept of ${options.target}`);
  const isPassed = verifications.every((record) => record.isPassed);
  return {
    document: { target: options.target, suite, isPassed, verifications },
    text: renderTable(verificationTable(verifications), outputWidth()),
    exitCode: isPassed ? exitCodes.done : exitCodes.notSo,
  };
}

function exitCodeOf({ devices, wasInterrupted }: MeasureEnd, isPassed: boolean): ExitCode {
  const measured = measurementExitCode(devices, wasInterrupted);
  if (measured !== exitCodes.done) return measured;
  return isPassed ? exitCodes.done : exitCodes.notSo;
}
