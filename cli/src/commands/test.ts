import { type Command, Option } from 'commander';
import { addMeasureOptions, type MeasureOptions } from '../online/measure-options.js';
import { addOnlineOptions, addTargetOptions, type OnlineOptions, presentOnline } from '../online/online-command.js';
import { verifySuite } from './verify.js';

const scenarios = ['end-to-end'] as const;

interface TestOptions extends OnlineOptions, MeasureOptions {
  readonly scenario: (typeof scenarios)[number];
}

/** `liquid-lln test`: the whole way of an inference, on every device. */
export function register(program: Command): void {
  const command = program
    .command('test')
    .description('try the whole way on each device: through /inference to output, telemetry and coordinator');
  addTargetOptions(command).addOption(
    new Option('--scenario <scenario>', 'what is tried').choices(scenarios).default('end-to-end'),
  );
  addMeasureOptions(command);
  addOnlineOptions(command).action((options: TestOptions) =>
    presentOnline(command, options, (online) => verifySuite(online, options, options.scenario)),
  );
}
