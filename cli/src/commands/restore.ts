import type { Command } from 'commander';
import { stateFolder } from '../clients/settings.js';
import { firstTryPaths } from '../domain/first-try.js';
import { restoreSummarySchema, runMaintenance } from '../offline/run-maintenance.js';
import { type CommandResult, present } from '../output.js';

interface RestoreOptions {
  readonly dataDir?: string;
  readonly from: string;
  readonly replace?: boolean;
}

/** `liquid-lln restore`: puts a backup in the place of a coordinator's data. */
export function register(program: Command): void {
  program
    .command('restore')
    .description("check a backup and make it the data of this machine's coordinator, which must not run")
    .option('--data-dir <folder>', 'the data folder of the coordinator (default: that of `up`)')
    .requiredOption('--from <folder>', 'the backup')
    .option('--replace', 'set data aside that are there')
    .option('--json', 'print one JSON document')
    .action((options: RestoreOptions, command: Command) => present(command, () => restore(options)));
}

async function restore({ dataDir, from, replace = false }: RestoreOptions): Promise<CommandResult> {
  const folder = dataDir ?? firstTryPaths(stateFolder(process.env)).coordinatorData;
  const args = ['restore', '--data-dir', folder, '--from', from, ...(replace ? ['--replace'] : [])];
  const document = await runMaintenance(args, restoreSummarySchema);
  const { takenMs, packages, auditEntries, setAside, haltedRollouts } = document;
  const taken = new Date(takenMs).toISOString();
  return {
    document,
    text: [
      `${folder}: as of ${taken}, ${packages} packages, ${auditEntries} audit entries, checked`,
      ...(haltedRollouts.length === 0 ? [] : [`halted, because they were open then: ${haltedRollouts.join(', ')}`]),
      ...(setAside === null ? [] : [`what was there before is in ${setAside}`]),
      'start the coordinator now; what happened after the backup is not in it',
    ].join('\n'),
  };
}
