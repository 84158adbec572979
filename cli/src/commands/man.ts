import type { Command } from 'commander';
import { commandTree } from '../command-tree-of.js';
import { manPage } from '../domain/manual/man-page.js';
import { exitCodes, exitMeanings } from '../exit-codes.js';
import { present } from '../output.js';

/** `liquid-lln man`: the manual of all commands, for `man`. */
export function register(program: Command): void {
  program
    .command('man')
    .description('print the manual of all commands, for `man`')
    .option('--json', 'print one JSON document')
    .action((_options: object, command: Command) =>
      present(command, () => {
        const statuses = Object.entries(exitMeanings).map(([name, meaning]) => ({
          status: exitCodes[name as keyof typeof exitCodes],
          meaning,
        }));
        const manual = manPage(commandTree(program), program.version() ?? '', statuses);
        return { document: { manual }, text: manual };
      }),
    );
}
