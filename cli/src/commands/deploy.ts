import { type Digest, LlnError, type PolicyOverrides, type Target } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import { readUserJson } from '../adapters/files.js';
import { systemClock } from '../adapters/system-clock.js';
import { uploadPackage } from '../clients/upload.js';
import { parseDurationSeconds, parsePositiveDurationSeconds } from '../domain/duration.js';
import { integerBetween } from '../domain/integer.js';
import { uploadWork } from '../domain/pace.js';
import { parsePercent, parseWaves } from '../domain/percent.js';
import { policyFrom } from '../domain/policy-options.js';
import { type TargetOptions, targetOf } from '../domain/targets.js';
import { formatBytes, formatPackage, formatPackageWithDigest } from '../domain/units.js';
import { exitCodes } from '../exit-codes.js';
import { type AnalysisOptions, analysisOf, analysisOptions } from '../online/analysis-options.js';
import { type LimitOptions, limitOptions, limitsOf } from '../online/limit-options.js';
import { findRegistered, type LoadedPackage, loadPackage, parsePackageName } from '../online/load-package.js';
import {
  addOnlineOptions,
  addTargetOptions,
  durationOption,
  type Online,
  type OnlineOptions,
  withCoordinator,
  withInterruption,
} from '../online/online-command.js';
import { followRollout, foreseenResult, rolloutResult } from '../online/show-rollout.js';
import { type CommandResult, present } from '../output.js';
import { progressView } from '../rendering/progress.js';

interface DeployOptions extends OnlineOptions, TargetOptions, LimitOptions, AnalysisOptions {
  readonly model?: string;
  readonly package?: string;
  readonly subset?: number;
  readonly waves?: number[];
  readonly batchSize: number;
  readonly shadow?: number;
  readonly soak?: number;
  readonly policy?: string;
  readonly set?: string[];
  /** Seconds. */
  readonly keep?: number;
  readonly override?: boolean;
  readonly force?: boolean;
  readonly asUnit?: boolean;
  readonly debug?: boolean;
  readonly approval?: boolean;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** What is asked for, checked before anything is sent. */
interface Deployment {
  readonly target: Target;
  readonly source: LoadedPackage | ReturnType<typeof parsePackageName>;
  readonly waves: number[] | null;
  readonly policy: PolicyOverrides;
  readonly override: string | null;
  readonly reason: string | null;
}

const policyBytesMax = 64 * 1024;

/** `liquid-lln deploy`: brings a package to a target, wave by wave, and waits until that is done or undone. */
export function register(program: Command): void {
  const command = program
    .command('deploy')
    .description('bring a model package to devices, wave by wave, or stage it in a slot (production-green)');
  addTargetOptions(command)
    .addOption(new Option('--model <file>', 'the package: M.liquid').conflicts('package'))
    .option('--package <name@version>', 'a package that is registered already')
    .addOption(new Option('--subset <percent>', 'one wave of this share').argParser(parsePercent).conflicts('waves'))
    .option('--waves <percents>', 'waves, such as 10,50,100 (default: those of the environment)', parseWaves)
    .option('--batch-size <n>', 'chunks in flight to a device at once', integerBetween(1, 64), 8)
    .option('--shadow <duration>', 'how long it answers beside the live package first', parseDurationSeconds)
    .option('--soak <duration>', 'how long a trial is watched before it is confirmed', parseDurationSeconds)
    .option('--policy <file>', 'a JSON file with limits')
    .option('--set <key=value>', 'one limit; may be given again', appendTo)
    .option(
      '--keep <duration>',
      'in a slot: how long it stays there for a switch (default: 24h)',
      parsePositiveDurationSeconds,
    )
    .option('--override', 'also a package that was rolled back before; needs --reason')
    .option('--force', 'also where the checklist of production has open items; needs --reason')
    .option('--debug', 'the devices log in detail for this package, until they are told something else')
    .option('--as-unit', 'gateways and their boards confirm together or not at all')
    .option('--approval', 'begin only when a second person has approved')
    .option('--no-approval', 'begin at once, also where an approval is usual')
    .option('--reason <text>', 'why, for the audit log')
    .option('--dry-run', 'show the plan; nothing is rolled out')
    .option('--no-wait', 'do not wait for the end')
    .addOption(durationOption('--timeout <duration>', 'how long to wait for the end', '30m'));
  for (const option of [...analysisOptions, ...limitOptions]) command.addOption(option);
  addOnlineOptions(command).action((options: DeployOptions) => run(options, command));
}

/** The file is read before anything is sent: an invalid one never leaves this machine. */
function run(options: DeployOptions, command: Command): Promise<void> {
  return present(command, () => {
    const deployment = planDeployment(options);
    return withCoordinator(command, options, (online) => deploy(online, options, deployment));
  });
}

/** Collects an option that may be given again. */
function appendTo(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}

function planDeployment(options: DeployOptions): Deployment {
  if (options.override === true && options.reason === undefined)
    throw new LlnError('USAGE', '--override needs --reason: say why a package that was rolled back is tried again');
  if (options.force === true && options.reason === undefined)
    throw new LlnError('USAGE', '--force needs --reason: say why the checklist cannot be met first');
  return {
    target: targetOf(options),
    source: sourceOf(options),
    waves: options.subset === undefined ? (options.waves ?? null) : [options.subset],
    policy: policyFrom({
      file: options.policy === undefined ? {} : readUserJson(options.policy, policyBytesMax),
      settings: options.set ?? [],
      soakSeconds: options.soak ?? null,
      shadowSeconds: options.shadow ?? null,
    }),
    override: options.override === true ? (options.reason ?? null) : null,
    reason: options.reason ?? null,
  };
}

function sourceOf({ model, package: registered }: DeployOptions): Deployment['source'] {
  if (model !== undefined) return loadPackage(model);
  if (registered !== undefined) return parsePackageName(registered);
  throw new LlnError('USAGE', 'say what to deploy: --model FILE or --package name@version');
}

async function deploy(online: Online, options: DeployOptions, deployment: Deployment): Promise<CommandResult> {
  const { target, source, waves, policy, override, reason } = deployment;
  const digest = 'file' in source ? await upload(online, source) : await findRegistered(online.client, source);
  if (digest === null) return uploadInterrupted;
  const { batchSize } = options;
  const special = {
    ...(options.force === true ? { force: true } : {}),
    ...(options.asUnit === true ? { asUnit: true } : {}),
    ...(options.debug === true ? { debug: true } : {}),
    ...(options.approval === undefined ? {} : { approval: options.approval }),
    ...analysisOf(options),
    ...(options.dryRun === true ? { dryRun: true } : {}),
    ...limitsOf(options),
  };
  const kept = options.keep === undefined ? {} : { keepSeconds: options.keep };
  const request = {
    kind: 'deploy',
    target,
    digest,
    waves,
    policy,
    batchSize,
    override,
    ...special,
    ...kept,
    reason,
  } as const;
  const conversation = online.client.converse<'deploy'>(request);
  try {
    const { rollout, outlook = [] } = await conversation.reply;
    if (options.dryRun === true) return foreseenResult(rollout, outlook);
    if (!options.wait) return rolloutResult(rollout, exitCodes.done);
    return await followRollout(online, rollout, conversation.progress, options.timeout * 1000);
  } finally {
    conversation.close();
  }
}

const uploadInterrupted: CommandResult = {
  document: { rollout: null },
  text: 'the upload was interrupted, nothing was deployed; the same command goes on with it',
  exitCode: exitCodes.interrupted,
};

async function upload({ client, isJson, note }: Online, { file, identity }: LoadedPackage): Promise<Digest | null> {
  const view = progressView(isJson, note, systemClock);
  view.log(`${formatPackageWithDigest(identity)}, ${formatBytes(file.length)}: checked`);
  const onProgress = (haveBytes: number): void =>
    view.update(uploadWork(haveBytes, file.length, formatPackage(identity)));
  try {
    const registered = await withInterruption((interrupted) =>
      uploadPackage(client, { file, onProgress, interrupted }),
    );
    if (registered === null) return null;
    view.log(`registered, signed by ${registered.signedBy.map((keyId) => keyId.slice(0, 12)).join(', ')}`);
    return registered.digest;
  } finally {
    view.stop();
  }
}
