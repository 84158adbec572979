import type { PackageView } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import type { Table } from '../domain/table.js';
import { absent, formatBytes, formatPackage, formatTime } from '../domain/units.js';
import { addOnlineOptions, type OnlineOptions, presentOnline } from '../online/online-command.js';
import { outputWidth, renderTable } from '../rendering/table.js';

/** `liquid-lln packages`: what is registered, and how many devices run it. */
export function register(program: Command): void {
  const command = program.command('packages').description('list the registered packages');
  addOnlineOptions(command).action((options: OnlineOptions) =>
    presentOnline(command, options, async ({ client }) => {
      const { packages } = await client.request({ kind: 'packages' });
      const text =
        packages.length === 0 ? 'no packages registered yet' : renderTable(packageTable(packages), outputWidth());
      return { document: { packages }, text };
    }),
  );
}

function packageTable(packages: readonly PackageView[]): Table {
  return {
    head: ['PACKAGE', 'DIGEST', 'SIZE', 'SIGNED BY', 'REGISTERED', 'BY', 'DEVICES', 'QUARANTINE'],
    rows: packages.map((view) => [
      formatPackage(view),
      view.digest.slice(0, 12),
      formatBytes(view.sizeBytes),
      view.signedBy.map((keyId) => keyId.slice(0, 8)).join(', '),
      formatTime(view.registeredMs),
      view.registeredBy,
      `${view.devices}`,
      view.quarantine === undefined ? absent : `${formatTime(view.quarantine.sinceMs)}: ${view.quarantine.why}`,
    ]),
  };
}
