import { type IncidentId, incidentIdSchema, parseWith, type Role, roleSchema } from '@liquid-lln/protocol';
import { Option } from 'commander';

/** `--incident i-3` */
export function incidentOption(description: string): Option {
  return new Option('--incident <id>', description).argParser(parseIncidentId);
}

export function parseIncidentId(text: string): IncidentId {
  return parseWith(incidentIdSchema, text, 'incident id', 'USAGE');
}

export function roleOption(description: string): Option {
  return new Option('--role <role>', description).choices(roleSchema.options);
}

export interface IncidentOptions {
  readonly incident?: IncidentId;
  readonly role?: Role;
}
