import { type Incident, LlnError } from '@liquid-lln/protocol';
import { Argument, type Command } from 'commander';
import { incidentTable, incidentText } from '../domain/incident-text.js';
import { integerBetween } from '../domain/integer.js';
import { exitCodes } from '../exit-codes.js';
import { parseIncidentId } from '../online/incident-options.js';
import { addOnlineOptions, type Online, type OnlineOptions, presentOnline } from '../online/online-command.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

const actions = ['list', 'show', 'ack', 'close'] as const;
type Action = (typeof actions)[number];

interface IncidentsOptions extends OnlineOptions {
  readonly all?: boolean;
  readonly limit: number;
  readonly reason?: string;
}

/** `liquid-lln incidents`: what people have to deal with, and who does. */
export function register(program: Command): void {
  const command = program
    .command('incidents')
    .description('show incidents and their timelines, acknowledge or close one')
    .addArgument(new Argument('[action]', 'what to do').choices(actions).default('list'))
    .argument('[id]', 'the incident')
    .option('--all', 'list: those that are closed, too')
    .option('--limit <n>', 'list: at most so many of the newest', integerBetween(1, 200), 50)
    .option('--reason <text>', 'why, for its timeline; needed for ack and close');
  addOnlineOptions(command).action((action: Action, id: string | undefined, options: IncidentsOptions) =>
    presentOnline(command, options, (online) => work[action](online, id, options)),
  );
}

type Work = (online: Online, id: string | undefined, options: IncidentsOptions) => Promise<CommandResult>;

const work: Readonly<Record<Action, Work>> = {
  list: async ({ client }, id, { all = false, limit }) => {
    if (id !== undefined) throw new LlnError('USAGE', 'list takes no incident');
    const { incidents } = await client.request({ kind: 'incidents', withClosed: all, limit });
    const open = incidents.filter(({ status }) => status === 'open').length;
    const text = incidents.length === 0 ? 'no incidents' : renderTable(incidentTable(incidents), outputWidth());
    return { document: { open, incidents }, text, exitCode: open === 0 ? exitCodes.done : exitCodes.notSo };
  },
  show: async ({ client }, id) => {
    const incidentId = idOf(id);
    const { incidents } = await client.request({ kind: 'incidents', withClosed: true, limit: 200 });
    const found = incidents.find((incident) => incident.incidentId === incidentId);
    if (found === undefined) throw new LlnError('INCIDENT_UNKNOWN', `there is no incident ${incidentId}`);
    return resultOf(found);
  },
  ack: async ({ client }, id, options) => {
    const request = { incidentId: idOf(id), reason: reasonOf(options) };
    return resultOf((await client.request({ kind: 'incident-acknowledge', ...request })).incident);
  },
  close: async ({ client }, id, options) => {
    const request = { incidentId: idOf(id), reason: reasonOf(options) };
    return resultOf((await client.request({ kind: 'incident-close', ...request })).incident);
  },
};

function idOf(id: string | undefined) {
  if (id === undefined) throw new LlnError('USAGE', 'name the incident, such as i-3');
  return parseIncidentId(id);
}

function reasonOf({ reason }: IncidentsOptions): string {
  if (reason === undefined || reason === '') throw new LlnError('USAGE', 'say why, with --reason');
  return reason;
}

function resultOf(incident: Incident): CommandResult {
  return { document: { incident }, text: incidentText(incident) };
}
