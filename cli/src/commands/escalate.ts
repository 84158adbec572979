import type { Command } from 'commander';
import { incidentText } from '../domain/incident-text.js';
import { type IncidentOptions, incidentOption, roleOption } from '../online/incident-options.js';
import { addOnlineOptions, type OnlineOptions, presentOnline } from '../online/online-command.js';

interface EscalateOptions extends OnlineOptions, IncidentOptions {
  readonly reason: string;
}

/** `liquid-lln escalate`: tells the next role of an incident, or opens one. */
export function register(program: Command): void {
  const command = program
    .command('escalate')
    .description('tell the next role of an incident, or a certain one; without an incident, open one')
    .requiredOption('--reason <text>', 'why')
    .addOption(incidentOption('which one; a new one if left out'))
    .addOption(roleOption('whom; whose turn it is if left out'));
  addOnlineOptions(command).action((options: EscalateOptions) =>
    presentOnline(command, options, async ({ client }) => {
      const { reason, incident: incidentId = null, role = null } = options;
      const { incident } = await client.request({ kind: 'escalate', incidentId, role, reason });
      return { document: { incident }, text: incidentText(incident) };
    }),
  );
}
