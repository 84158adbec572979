import type { SmpOperation } from './smp-message.js';

/** A command of a board; docs/spec/board.md, sections 3 to 5. */
export interface Command {
  /** For messages. */
  readonly name: string;
  readonly operation: Extract<SmpOperation, 'read' | 'write'>;
  readonly group: number;
  readonly id: number;
  /** Whether asking once more than needed does no harm. */
  readonly isRepeatable: boolean;
}

export const groups = { os: 0, image: 1, network: 64 } as const;

function command(
  name: string,
  operation: Command['operation'],
  group: number,
  id: number,
  isRepeatable = true,
): Command {
  return { name, operation, group, id, isRepeatable };
}

export const commands = {
  echo: command('echo', 'write', groups.os, 0),
  /** A second restart would end the trial that the first one began. */
  restart: command('reset', 'write', groups.os, 5, false),
  parameters: command('parameters', 'read', groups.os, 6),
  images: command('images', 'read', groups.image, 0),
  setImage: command('image state', 'write', groups.image, 0),
  upload: command('upload', 'write', groups.image, 1),
  erase: command('erase', 'write', groups.image, 5),
  info: command('info', 'read', groups.network, 0),
  infer: command('infer', 'write', groups.network, 1),
  health: command('health', 'read', groups.network, 3),
  verify: command('verify', 'write', groups.network, 4),
  profile: command('profile', 'write', groups.network, 5),
  log: command('log', 'read', groups.network, 6),
  trial: command('trial', 'write', groups.network, 7),
} as const;
