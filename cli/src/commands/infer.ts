import { type KernelNetwork, parseReferenceVectors } from '@liquid-lln/firmware-bridge';
import { type LiquidPackage, LlnError, parseCsv } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { readUserJson, readUserText } from '../adapters/files.js';
import { exitCodes } from '../exit-codes.js';
import { compareVectors } from '../offline/compare-vectors.js';
import { readPackage, withNetwork } from '../offline/open-package.js';
import { parseNonNegative, parseNumbers } from '../offline/option-values.js';
import { type CsvResult, runCsv } from '../offline/run-csv.js';
import { labelOf, runSequence } from '../offline/run-network.js';
import { csvBytesMax, vectorsBytesMax } from '../offline/size-limits.js';
import { type CommandResult, present } from '../output.js';

interface InferOptions {
  model: string;
  vectors?: string;
  csv?: string;
  input?: number[];
  dt?: number;
  labelColumn?: string;
}

/** `liquid-lln infer`: runs a package here, in this process. */
export function register(program: Command): void {
  program
    .command('infer')
    .description('run a package on this machine, over vectors, a CSV file or one input')
    .requiredOption('--model <file>', 'the package: M.liquid')
    .option('--vectors <file>', 'compare with reference vectors: F.vectors.json; exit 1 if out of tolerance')
    .option('--csv <file>', "stream a CSV file whose columns have the inputs' names")
    .option('--input <numbers>', 'one step: numbers separated by commas', parseNumbers)
    .option('--dt <step>', "time step in the network's own unit, for --csv and --input", parseNonNegative)
    .option('--label-column <name>', 'the column of --csv that has the right answers')
    .option('--json', 'print one JSON document')
    .action((options: InferOptions, command: Command) => present(command, () => infer(options)));
}

function infer(options: InferOptions): CommandResult {
  const { vectors, csv, input } = options;
  if ([vectors, csv, input].filter((source) => source !== undefined).length !== 1)
    throw new LlnError('USAGE', 'give one of --vectors, --csv and --input');
  if (vectors !== undefined && options.dt !== undefined)
    throw new LlnError('USAGE', '--vectors brings its own time steps: leave --dt out');
  const pkg = readPackage(options.model);
  return withNetwork(pkg, (network) => {
    if (vectors !== undefined) return inferVectors(network, vectors);
    if (csv !== undefined) return inferCsv(network, pkg, csv, options);
    return inferInput(network, pkg, input ?? [], options.dt ?? pkg.manifest.timeStep.default);
  });
}

function inferVectors(network: KernelNetwork, path: string): CommandResult {
  const comparison = compareVectors(network, parseReferenceVectors(readUserJson(path, vectorsBytesMax)));
  const { name, maxAbsError, tolerance, pass } = comparison;
  const error = maxAbsError === null ? 'not a number' : maxAbsError.toExponential(2);
  return {
    document: comparison,
    text: `${name}: ${pass ? 'pass' : 'FAIL'}, largest error ${error}, tolerance ${tolerance.toExponential(2)}`,
    exitCode: pass ? exitCodes.done : exitCodes.notSo,
  };
}

function inferCsv(network: KernelNetwork, pkg: LiquidPackage, path: string, options: InferOptions): CommandResult {
  const table = parseCsv(readUserText(path, csvBytesMax));
  const csvOptions = { fixedTimeStep: options.dt ?? null, labelColumn: options.labelColumn ?? null };
  const result = runCsv(network, pkg.manifest, table, csvOptions);
  return { document: { model: identityOf(pkg), ...result }, text: csvText(pkg, result) };
}

function csvText({ manifest }: LiquidPackage, { rows, score }: CsvResult): string {
  const head = `${manifest.name}@${manifest.version}: ${rows} rows`;
  if (score === null) return head;
  const share = `accuracy ${(score.accuracy * 100).toFixed(2)} % of ${score.labelColumn}`;
  const faults =
    score.falsePositives === null
      ? ''
      : `, ${score.falsePositives} false positives, ${score.falseNegatives} false negatives`;
  return `${head}, ${share}${faults}`;
}

function inferInput(network: KernelNetwork, pkg: LiquidPackage, input: number[], dt: number): CommandResult {
  const { outputs } = runSequence(network, { inputs: [input], timeSteps: [dt] });
  const output = outputs[0] ?? [];
  const label = labelOf(pkg.manifest.outputs, output);
  const values = output.map((value, index) => `${pkg.manifest.outputs.channels[index]?.name}: ${value}`);
  const text = label === null ? values : [`label: ${label}`, ...values];
  return { document: { model: identityOf(pkg), output, label, dt }, text: text.join('\n') };
}

function identityOf({ manifest, digest }: LiquidPackage): { name: string; version: string; digest: string } {
  return { name: manifest.name, version: manifest.version, digest };
}
