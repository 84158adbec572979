import { gatewayIdSchema, LlnError } from '@liquid-lln/protocol';
import * as v from 'valibot';

/** Where things lie on a gateway; the unit names some of them too. */
export const servicePaths = {
  configFolder: '/etc/liquid-lln',
  config: '/etc/liquid-lln/agent.json',
  stateFolder: '/var/lib/liquid-lln-agent',
  unit: '/etc/systemd/system/liquid-lln-agent.service',
  users: '/etc/sysusers.d/liquid-lln-agent.conf',
} as const;

export const serviceName = 'liquid-lln-agent.service';
/** Who the unit lets the agent run as, and the groups that it adds. */
export const serviceUser = 'liquid-lln';
export const serviceGroups = ['dialout'] as const;

/** A thing to do to a machine. */
export type ServiceStep =
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly content: string;
      /** What is there already: somebody's work, or ours of an earlier version. */
      readonly ifPresent: 'keep' | 'replace';
    }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'run'; readonly command: readonly [string, ...string[]] };

export interface ServiceInstallation {
  /** The unit, its user and the first configuration as they are shipped. */
  readonly unit: string;
  readonly users: string;
  readonly config: string;
  /** Absolute paths of what runs it. */
  readonly node: string;
  readonly program: string;
  readonly hostname: string;
}

/** How the agent becomes a service. A configuration that is there is never touched. */
export function planInstall(installation: ServiceInstallation): ServiceStep[] {
  const { config, configFolder, users, unit } = servicePaths;
  const content = installation.config.replace(/(?<="gatewayId": ")[^"]*/, gatewayIdFrom(installation.hostname));
  return [
    { kind: 'file', path: users, mode: 0o644, content: installation.users, ifPresent: 'replace' },
    { kind: 'run', command: ['systemd-sysusers', users] },
    { kind: 'folder', path: configFolder, mode: 0o2750 },
    { kind: 'file', path: config, mode: 0o640, content, ifPresent: 'keep' },
    { kind: 'run', command: ['chgrp', '--recursive', serviceUser, configFolder] },
    { kind: 'file', path: unit, mode: 0o644, content: renderUnit(installation), ifPresent: 'replace' },
    { kind: 'run', command: ['systemctl', 'daemon-reload'] },
  ];
}

/** The service goes; what people wrote and what the agent stored stays. */
export function planUninstall(): ServiceStep[] {
  return [
    { kind: 'run', command: ['systemctl', 'disable', '--now', serviceName] },
    { kind: 'remove', path: servicePaths.unit },
    { kind: 'remove', path: servicePaths.users },
    { kind: 'run', command: ['systemctl', 'daemon-reload'] },
  ];
}

/** @throws LlnError INTERNAL if the unit does not start exactly one thing */
export function renderUnit({ unit, node, program }: Pick<ServiceInstallation, 'unit' | 'node' | 'program'>): string {
  const starts = unit.match(/^ExecStart=.*$/gm) ?? [];
  if (starts.length !== 1) throw new LlnError('INTERNAL', `the unit has ${starts.length} lines with ExecStart`);
  const words = [node, program, '--config', servicePaths.config].map(quoteWord).join(' ');
  return unit.replace(/^ExecStart=.*$/m, () => `ExecStart=${words}`);
}

/** A word of a unit's command line: `%` and `$` mean something there, and so do blanks and quotes. */
function quoteWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$').replace(/["\\]/g, '\\$&');
  return /[\s'"\\]/.test(word) ? `"${escaped}"` : escaped;
}

/** The machine's name as far as ids allow it. */
function gatewayIdFrom(hostname: string): string {
  const name = hostname
    .toLowerCase()
    .replace(/\..*$/, '')
    .replace(/[^a-z0-9_-]/g, '-')
    .slice(0, 48);
  return v.is(gatewayIdSchema, name) ? name : 'gateway-1';
}
