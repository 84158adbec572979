import {
  type ChannelName,
  type ChannelView,
  channelNameSchema,
  type Environment,
  environmentSchema,
  LlnError,
  parseWith,
  type Role,
  roleSchema,
} from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import { channelTable } from '../domain/channel-text.js';
import { exitCodes } from '../exit-codes.js';
import { findRegistered, parsePackageName } from '../online/load-package.js';
import {
  addOnlineOptions,
  durationOption,
  type Online,
  type OnlineOptions,
  presentOnline,
} from '../online/online-command.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface NotifyOptions extends OnlineOptions {
  readonly test?: boolean;
  readonly acknowledge?: string;
  readonly message?: string;
  readonly announce?: string;
  readonly target?: string;
  readonly env?: Environment;
  readonly role?: Role;
  readonly channel?: ChannelName;
  /** Seconds. */
  readonly timeout: number;
}

/** `liquid-lln notify`: tells people, tests the channels, and shows how they do. */
export function register(program: Command): void {
  const command = program
    .command('notify')
    .description('tell people, test the channels that alerts go through, or show how they do')
    .option('--message <text>', 'what to tell them')
    .option('--announce <name@version>', 'that this package is to come, or has come, to --target')
    .option('--target <target>', 'where it comes: production, a device')
    .addOption(new Option('--env <environment>', 'only devices there').choices(environmentSchema.options))
    .option('--test', 'send a test through each channel, and wait until it is taken')
    .option('--acknowledge <code>', 'say that a test has arrived: the code is in it')
    .addOption(new Option('--role <role>', 'whom; everybody if left out').choices(roleSchema.options))
    .addOption(
      new Option('--channel <name>', 'through this channel only')
        .argParser((text) => parseWith(channelNameSchema, text, 'channel name', 'USAGE'))
        .conflicts('role'),
    )
    .addOption(durationOption('--timeout <duration>', 'how long a test may take', '30s'));
  addOnlineOptions(command).action((options: NotifyOptions) =>
    presentOnline(command, options, (online) => notify(online, options)),
  );
}

async function notify(online: Online, options: NotifyOptions): Promise<CommandResult> {
  const { test = false, acknowledge, message, role = null, channel = null } = options;
  if (acknowledge !== undefined) return acknowledgeTest(online, acknowledge);
  if (options.announce !== undefined) return announce(online, options.announce, options);
  if (!test && message === undefined) {
    if (role !== null || channel !== null) throw new LlnError('USAGE', 'say what to tell them, with --message');
    return showChannels(online);
  }
  const text = message ?? 'can you read this?';
  const sent = await online.client.request({ kind: 'notify', isTest: test, role, channel, message: text });
  if (test) return awaitTests(online, sent.channels, options.timeout * 1_000);
  return { document: { ...sent }, text: `on its way through ${sent.channels.join(', ')}` };
}

async function acknowledgeTest({ client }: Online, code: string): Promise<CommandResult> {
  const { channels } = await client.request({ kind: 'acknowledge-test', code });
  return { document: { channels }, text: `${channels.join(', ')}: the test arrived` };
}

/** Waits until it is told: a stakeholder who could not be reached was not told. */
async function announce(online: Online, packageName: string, options: NotifyOptions): Promise<CommandResult> {
  const { target: name, env = null, message, role = null, channel = null } = options;
  if (name === undefined) throw new LlnError('USAGE', 'say where the package comes: --target production');
  const { client } = online;
  const wanted = parsePackageName(packageName);
  const announces = {
    package: { ...wanted, digest: await findRegistered(client, wanted) },
    target: { name, environment: env },
  };
  const before = (await client.request({ kind: 'channels' })).channels;
  const text = message ?? `${packageName} is to be deployed to ${name}`;
  const sent = await client.request({ kind: 'notify', isTest: false, role, channel, message: text, announces });
  const toldBefore = (known: ChannelName) => before.find((one) => one.channel === known)?.deliveredMs ?? null;
  return awaitChannels(online, sent.channels, options.timeout * 1_000, {
    isDone: (one) => one.waiting === 0 && one.deliveredMs !== toldBefore(one.channel),
    done: `told through ${sent.channels.join(', ')}`,
  });
}

/** Exit status 1 while nobody would hear of trouble. */
async function showChannels({ client }: Online): Promise<CommandResult> {
  const { channels, missing } = await client.request({ kind: 'channels' });
  return {
    document: { isConfigured: missing.length === 0, missing, channels },
    text: [tableOf(channels), ...missing].join('\n'),
    exitCode: missing.length === 0 ? exitCodes.done : exitCodes.notSo,
  };
}

const lookMs = 300;

function awaitTests(online: Online, meant: readonly ChannelName[], timeoutMs: number): Promise<CommandResult> {
  return awaitChannels(online, meant, timeoutMs, {
    isDone: ({ test }) => test !== null && test.deliveredMs !== null,
    done: 'Whoever reads it there says so with the code in it: liquid-lln notify --acknowledge CODE',
  });
}

/** Exit status 1 if a channel has not taken it in time. */
async function awaitChannels(
  { client }: Online,
  meant: readonly ChannelName[],
  timeoutMs: number,
  until: { isDone(channel: ChannelView): boolean; readonly done: string },
): Promise<CommandResult> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const all = (await client.request({ kind: 'channels' })).channels;
    const channels = all.filter(({ channel }) => meant.includes(channel));
    const isDone = channels.length > 0 && channels.every((channel) => until.isDone(channel));
    if (isDone || performance.now() > endMs) {
      return {
        document: { isDelivered: isDone, channels },
        text: `${tableOf(channels)}\n\n${isDone ? until.done : 'not delivered everywhere'}`,
        exitCode: isDone ? exitCodes.done : exitCodes.notSo,
      };
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

function tableOf(channels: readonly ChannelView[]): string {
  return channels.length === 0 ? 'no channels' : renderTable(channelTable(channels), outputWidth());
}
