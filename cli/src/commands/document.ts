import type { Command } from 'commander';
import { incidentText } from '../domain/incident-text.js';
import { type IncidentOptions, incidentOption } from '../online/incident-options.js';
import { addOnlineOptions, type OnlineOptions, presentOnline } from '../online/online-command.js';

interface DocumentOptions extends OnlineOptions, IncidentOptions {
  readonly note: string;
}

/** `liquid-lln document`: writes down what was seen or done, in the timeline of an incident. */
export function register(program: Command): void {
  const command = program
    .command('document')
    .description('add a note to the timeline of an incident')
    .requiredOption('--note <text>', 'what was seen or done')
    .addOption(incidentOption('which one; the newest that is not closed if left out'));
  addOnlineOptions(command).action((options: DocumentOptions) =>
    presentOnline(command, options, async ({ client }) => {
      const { note, incident: incidentId = null } = options;
      const { incident } = await client.request({ kind: 'document', incidentId, note });
      return { document: { incident }, text: incidentText(incident) };
    }),
  );
}
