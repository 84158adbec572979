import {
  type ChannelName,
  type ChannelView,
  channelNameSchema,
  LlnError,
  parseWith,
  type Role,
  roleSchema,
} from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import { channelTable } from '../domain/channel-text.js';
import { exitCodes } from '../exit-codes.js';
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

async function awaitTests(
  { client }: Online,
  meant: readonly ChannelName[],
  timeoutMs: number,
): Promise<CommandResult> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const all = (await client.request({ kind: 'channels' })).channels;
    const channels = all.filter(({ channel }) => meant.includes(channel));
    const isDone = channels.every(({ test }) => test !== null && test.deliveredMs !== null);
    if (isDone || performance.now() > endMs) {
      const next = 'Whoever reads it there says so with the code in it: liquid-lln notify --acknowledge CODE';
      return {
        document: { isDelivered: isDone, channels },
        text: `${tableOf(channels)}\n\n${isDone ? next : 'not delivered everywhere'}`,
        exitCode: isDone ? exitCodes.done : exitCodes.notSo,
      };
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

function tableOf(channels: readonly ChannelView[]): string {
  return channels.length === 0 ? 'no channels' : renderTable(channelTable(channels), outputWidth());
}
