import type { Command } from 'commander';
import { writeWholeFile } from '../adapters/files.js';
import { alertRules } from '../domain/alert-rules.js';
import { readBaseline } from '../online/run-benchmark.js';
import { type CommandResult, present } from '../output.js';

interface RulesOptions {
  readonly baseline: string;
  readonly output?: string;
  readonly force?: boolean;
}

/** `liquid-lln rules`: alert rules for Prometheus with the thresholds of a baseline. */
export function register(program: Command): void {
  const command = program
    .command('rules')
    .description('make alert rules for Prometheus from a baseline')
    .requiredOption('--baseline <file>', 'a file that `benchmark` wrote')
    .option('-o, --output <file>', 'the rule file to write; left out: standard output')
    .option('--force', 'replace the file if it exists')
    .option('--json', 'print one JSON document');
  command.action((options: RulesOptions) => present(command, () => makeRules(options)));
}

function makeRules({ baseline, output, force = false }: RulesOptions): CommandResult {
  const file = readBaseline(baseline);
  const rules = alertRules(file);
  const document = { baseline, devices: file.devices.length, output: output ?? null, rules };
  if (output === undefined) return { document, text: rules };
  writeWholeFile(output, rules, { force });
  return { document, text: `${output}: alert rules for ${file.devices.length} devices of ${file.target}` };
}
