import type { PackageView } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import type { Table } from '../domain/table.js';
import { formatBytes, formatPackage, formatTime } from '../domain/units.js';
import { addOnlineOptions, type OnlineOptions, presentOnline } from '../online/online-command.js';
import { outputWidth, renderTable } from '../rendering/table.js';

/** `liquid-lln packages`: what is registered, and how many devices run it. */
export function register(program: Command): void {
  const command = program.command('packages').description('list the registered packages');
  addOnlineOptions(command).action((options: OnlineOptions) =>
    presentOnline(command, options, async ({ client }) => {
      const { packages } = await client.request({ kind: 'packages' });
      if (packages.length === 0) return { document: { packages }, text: 'no packages registered yet' };
      const blocks = [renderTable(packageTable(packages), outputWidth()), ...packages.flatMap(quarantineLine)];
      return { document: { packages }, text: blocks.join('\n\n') };
    }),
  );
}

/** Why a package is not deployed without an override; nothing of others. */
function quarantineLine(view: PackageView): string[] {
  const { quarantine } = view;
  if (quarantine === undefined) return [];
  return [`${formatPackage(view)} is quarantined since ${formatTime(quarantine.sinceMs)}: ${quarantine.why}`];
}

function packageTable(packages: readonly PackageView[]): Table {
  return {
    head: ['PACKAGE', 'DIGEST', 'SIZE', 'SIGNED BY', 'REGISTERED', 'BY', 'DEVICES'],
    rows: packages.map((view) => [
      formatPackage(view),
      view.digest.slice(0, 12),
      formatBytes(view.sizeBytes),
      view.signedBy.map((keyId) => keyId.slice(0, 8)).join(', '),
      formatTime(view.registeredMs),
      view.registeredBy,
      `${view.devices}`,
    ]),
  };
}
