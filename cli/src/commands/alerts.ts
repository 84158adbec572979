import {
  type AlertId,
  type AlertRule,
  type AlertView,
  alertIdSchema,
  alertRuleSchema,
  type Environment,
  environmentSchema,
  LlnError,
  parseWith,
  type Silence,
  silenceIdSchema,
} from '@liquid-lln/protocol';
import { Argument, type Command, Option } from 'commander';
import { alertTable, isUnknown, silenceTable } from '../domain/alert-text.js';
import { parsePositiveDurationSeconds } from '../domain/duration.js';
import { integerBetween } from '../domain/integer.js';
import { exitCodes } from '../exit-codes.js';
import { addOnlineOptions, type Online, type OnlineOptions, presentOnline } from '../online/online-command.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

const actions = ['list', 'ack', 'silence', 'unsilence'] as const;
type Action = (typeof actions)[number];

interface AlertsOptions extends OnlineOptions {
  readonly all?: boolean;
  readonly limit: number;
  readonly rule?: AlertRule;
  readonly subject?: string;
  readonly env?: Environment;
  /** Seconds. */
  readonly for?: number;
  readonly reason?: string;
}

/** `liquid-lln alerts`: what is wrong now; says that somebody knows, and keeps alerts quiet for a time. */
export function register(program: Command): void {
  const command = program
    .command('alerts')
    .description('show what is wrong now, acknowledge it, or silence it for a time')
    .addArgument(new Argument('[action]', 'what to do').choices(actions).default('list'))
    .argument('[ids...]', 'the alerts to acknowledge, or the silence to end')
    .option('--all', 'list: those that have ended, too')
    .option('--limit <n>', 'list: at most so many of the newest', integerBetween(1, 1_000), 50)
    .addOption(new Option('--rule <rule>', 'silence: of this rule').choices(alertRuleSchema.options))
    .option('--subject <name>', 'silence: of this subject or device; * stands for any characters')
    .addOption(new Option('--env <environment>', 'silence: of this environment').choices(environmentSchema.options))
    .addOption(new Option('--for <duration>', 'silence: for how long').argParser(parsePositiveDurationSeconds))
    .option('--reason <text>', 'why, for the audit log; needed for all but list');
  addOnlineOptions(command).action((action: Action, ids: readonly string[], options: AlertsOptions) =>
    presentOnline(command, options, (online) => work[action](online, ids, options)),
  );
}

type Work = (online: Online, ids: readonly string[], options: AlertsOptions) => Promise<CommandResult>;

const work: Readonly<Record<Action, Work>> = {
  list: async ({ client }, ids, { all = false, limit }) => {
    if (ids.length > 0) throw new LlnError('USAGE', 'list takes no ids');
    const { alerts, silences } = await client.request({ kind: 'alerts', withEnded: all, limit });
    return resultOf(alerts, silences);
  },
  ack: async ({ client }, ids, options) => {
    const reason = reasonOf(options);
    const alerts = parseAlertIds(ids);
    return resultOf((await client.request({ kind: 'acknowledge', alerts, reason })).alerts, []);
  },
  silence: async ({ client }, ids, options) => {
    const { rule = null, subject = null, env: environment = null, for: seconds } = options;
    if (ids.length > 0) throw new LlnError('USAGE', 'say what to silence with --rule, --subject or --env');
    if (rule === null && subject === null && environment === null)
      throw new LlnError(
        'USAGE',
        'say what to silence with --rule, --subject or --env; --subject "*" means everything',
      );
    if (seconds === undefined) throw new LlnError('USAGE', 'say for how long: --for 2h');
    const matcher = { rule, subject, environment };
    const forSeconds = Math.ceil(seconds);
    const reply = await client.request({ kind: 'silence', matcher, forSeconds, reason: reasonOf(options) });
    return { ...resultOf(reply.alerts, [reply.silence]), exitCode: exitCodes.done };
  },
  unsilence: async ({ client }, ids, options) => {
    const [id, ...more] = ids;
    if (id === undefined || more.length > 0) throw new LlnError('USAGE', 'name one silence, such as s-3');
    const silenceId = parseWith(silenceIdSchema, id, 'silence id', 'USAGE');
    const { silence } = await client.request({ kind: 'unsilence', silenceId, reason: reasonOf(options) });
    return { document: { silence }, text: `${silence.silenceId} has ended` };
  },
};

function parseAlertIds(ids: readonly string[]): AlertId[] {
  if (ids.length === 0) throw new LlnError('USAGE', 'name the alerts, such as a-12');
  return ids.map((id) => parseWith(alertIdSchema, id, 'alert id', 'USAGE'));
}

function reasonOf({ reason }: AlertsOptions): string {
  if (reason === undefined || reason === '') throw new LlnError('USAGE', 'say why, with --reason');
  return reason;
}

/** Exit status 1 while there is something that nobody knows of. */
function resultOf(alerts: readonly AlertView[], silences: readonly Silence[]): CommandResult {
  const unknown = alerts.filter(isUnknown).length;
  const blocks = [
    alerts.length === 0 ? 'no alerts' : renderTable(alertTable(alerts), outputWidth()),
    ...(silences.length === 0 ? [] : [renderTable(silenceTable(silences), outputWidth())]),
  ];
  const exitCode = unknown === 0 ? exitCodes.done : exitCodes.notSo;
  return { document: { unknown, alerts, silences }, text: blocks.join('\n\n'), exitCode };
}
