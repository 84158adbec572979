import { loadKernel, parseReferenceVectors } from '@liquid-lln/firmware-bridge';
import {
  type Budgets,
  decodePackage,
  type LiquidPackage,
  packageNameSchema,
  packageVersionSchema,
  parseCsv,
  parseSigningKey,
  parseWith,
  signPackage,
} from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { readUserFile, readUserJson, readUserText, refuseExisting, writeWholeFile } from '../adapters/files.js';
import { systemClock } from '../adapters/system-clock.js';
import { formatBytes } from '../domain/units.js';
import { makePackage, type PackageRequest } from '../offline/make-package.js';
import {
  collect,
  parseMoment,
  parseNonNegative,
  parsePositive,
  parseRange,
  parseShare,
} from '../offline/option-values.js';
import {
  configBytesMax,
  csvBytesMax,
  datasetBytesMax,
  keyBytesMax,
  vectorsBytesMax,
  weightsBytesMax,
} from '../offline/size-limits.js';
import { type CommandResult, present } from '../output.js';

interface PackOptions {
  weights: string;
  config: string;
  name: string;
  version: string;
  output: string;
  description: string;
  accuracy?: number;
  latencyMs?: number;
  energyMw?: number;
  memoryKb?: number;
  outputRange?: [number, number];
  temperature?: [number, number];
  created?: number;
  dataset?: string[];
  golden: string;
  profile?: string;
  key?: string;
  force?: boolean;
}

/** `liquid-lln pack`: PyTorch weights and a description become a package. */
export function register(program: Command): void {
  program
    .command('pack')
    .description('make a .liquid package of PyTorch ncps weights')
    .requiredOption('--weights <file>', 'the weights: W.safetensors')
    .requiredOption('--config <file>', 'their description: W.json')
    .requiredOption('--name <name>', 'the name of the package')
    .requiredOption('--version <semver>', 'its version, such as 1.0.0')
    .requiredOption('-o, --output <file>', 'the package to write: M.liquid')
    .option('--description <text>', 'what it is for', '')
    .option('--accuracy <share>', 'promised share of right answers: 0.977 or 97.7%', parseShare)
    .option('--dataset <file>', 'data that the accuracy was measured on; may be given again', collect(String))
    .option('--latency-ms <ms>', 'latency budget of one inference', parsePositive)
    .option('--energy-mw <mW>', 'energy budget', parsePositive)
    .option('--memory-kb <kB>', 'memory budget', parsePositive)
    .option('--output-range <min,max>', 'outputs outside this range are errors', parseRange)
    .option('--temperature <min,max>', 'safe temperature of a device in degrees Celsius', parseRange)
    .option('--created <ISO 8601>', 'moment of making (default: SOURCE_DATE_EPOCH, or now)', parseMoment)
    .option('--golden <file>', 'inputs of the golden vectors: a .vectors.json file, or "default"', 'default')
    .option('--profile <file>', 'validation data (CSV) whose outputs devices compare theirs with')
    .option('--key <file>', 'sign with this private key')
    .option('--force', 'replace the package if it exists')
    .option('--json', 'print one JSON document')
    .action((options: PackOptions, command: Command) => present(command, () => pack(options)));
}

function pack(options: PackOptions): CommandResult {
  refuseExisting(options.output, options.force === true);
  const request = readRequest(options);
  const privateKey = options.key === undefined ? null : parseSigningKey(readUserText(options.key, keyBytesMax));
  const unsigned = makePackage(request, loadKernel());
  const file = privateKey === null ? unsigned : signPackage(unsigned, privateKey);
  writeWholeFile(options.output, file, { force: options.force === true });
  return summarise(options.output, file.length, decodePackage(file));
}

function readRequest(options: PackOptions): PackageRequest {
  return {
    weights: { path: options.weights, content: readUserFile(options.weights, weightsBytesMax) },
    config: { path: options.config, content: readUserFile(options.config, configBytesMax) },
    configDocument: readUserJson(options.config, configBytesMax),
    name: parseWith(packageNameSchema, options.name, '--name', 'USAGE'),
    version: parseWith(packageVersionSchema, options.version, '--version', 'USAGE'),
    description: options.description,
    createdMs: options.created ?? createdFromEnvironment() ?? systemClock.wallMs(),
    budgets: budgetsOf(options),
    outputRange: options.outputRange ?? null,
    datasets: (options.dataset ?? []).map((path) => ({ path, content: readUserFile(path, datasetBytesMax) })),
    profile: options.profile === undefined ? null : readProfile(options.profile),
    golden: options.golden === 'default' ? null : parseReferenceVectors(readUserJson(options.golden, vectorsBytesMax)),
  };
}

function readProfile(path: string): PackageRequest['profile'] {
  const content = readUserFile(path, csvBytesMax);
  return { path, content, table: parseCsv(Buffer.from(content).toString('utf8')) };
}

/** The convention of reproducible builds: seconds since 1970. */
function createdFromEnvironment(): number | null {
  const seconds = process.env['SOURCE_DATE_EPOCH'];
  return seconds === undefined ? null : parseNonNegative(seconds) * 1000;
}

function budgetsOf(options: PackOptions): Budgets {
  return {
    latencyMs: options.latencyMs ?? null,
    energyMw: options.energyMw ?? null,
    accuracy: options.accuracy ?? null,
    memoryKb: options.memoryKb ?? null,
    temperatureMinC: options.temperature?.[0] ?? null,
    temperatureMaxC: options.temperature?.[1] ?? null,
  };
}

function summarise(path: string, sizeBytes: number, pkg: LiquidPackage): CommandResult {
  const { name, version, createdMs, network, goldenVectors } = pkg.manifest;
  const signedBy = pkg.signatures.map(({ keyId }) => keyId);
  const document = { file: path, name, version, digest: pkg.digest, sizeBytes, signedBy, createdMs };
  const signed = signedBy.length === 0 ? 'unsigned' : `signed by ${signedBy.join(', ')}`;
  return {
    document,
    text: [
      `${path}: ${name}@${version}, ${formatBytes(sizeBytes)}, ${signed}`,
      `  digest ${pkg.digest}`,
      `  ${network.parameters} parameters, ${goldenVectors.length} golden vectors`,
    ].join('\n'),
  };
}
