import type { Command } from 'commander';
import { stateFolder } from '../clients/settings.js';
import { firstTryPaths } from '../domain/first-try.js';
import { formatBytes } from '../domain/units.js';
import { backupSummarySchema, runMaintenance } from '../offline/run-maintenance.js';
import { type CommandResult, present } from '../output.js';

interface BackupOptions {
  readonly dataDir?: string;
  readonly output: string;
}

/** `liquid-lln backup`: a copy of a coordinator's store and packages, also while it runs. */
export function register(program: Command): void {
  program
    .command('backup')
    .description("copy the store and the packages of this machine's coordinator, also while it runs")
    .option('--data-dir <folder>', 'the data folder of the coordinator (default: that of `up`)')
    .requiredOption('-o, --output <folder>', 'where to; it must not have anything in it')
    .option('--json', 'print one JSON document')
    .action((options: BackupOptions, command: Command) => present(command, () => backup(options)));
}

async function backup({ dataDir, output }: BackupOptions): Promise<CommandResult> {
  const folder = dataDir ?? firstTryPaths(stateFolder(process.env)).coordinatorData;
  const args = ['backup', '--data-dir', folder, '--output', output];
  const document = await runMaintenance(args, backupSummarySchema);
  const { packages, auditEntries, bytes } = document;
  return {
    document,
    text: `${document.folder}: ${packages} packages, ${auditEntries} audit entries, ${formatBytes(bytes)}, checked`,
  };
}
