import { type Environment, environmentSchema } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import { incidentText } from '../domain/incident-text.js';
import { targetOf } from '../domain/targets.js';
import { type IncidentOptions, roleOption } from '../online/incident-options.js';
import { addOnlineOptions, type OnlineOptions, presentOnline } from '../online/online-command.js';

interface EmergencyOptions extends OnlineOptions, Omit<IncidentOptions, 'incident'> {
  readonly reason: string;
  readonly target?: string;
  readonly env?: Environment;
}

/** `liquid-lln emergency`: stops every rollout, isolates devices, notifies, documents and escalates, in this order. */
export function register(program: Command): void {
  const command = program
    .command('emergency')
    .description('STOP every rollout, ISOLATE devices, NOTIFY, DOCUMENT and ESCALATE, all at once')
    .requiredOption('--reason <text>', 'why')
    .option('--target <target>', 'whose clients to turn away; none if left out')
    .addOption(new Option('--env <environment>', 'only devices of this environment').choices(environmentSchema.options))
    .addOption(roleOption('whom to escalate to; the on-call engineer if left out'));
  addOnlineOptions(command).action((options: EmergencyOptions) =>
    presentOnline(command, options, async ({ client }) => {
      const { reason, target, env, role = null } = options;
      const meant = target === undefined ? null : targetOf({ target, ...(env === undefined ? {} : { env }) });
      const { incident, stopped, isolated } = await client.request({ kind: 'emergency', target: meant, role, reason });
      return { document: { incident, stopped, isolated }, text: incidentText(incident) };
    }),
  );
}
