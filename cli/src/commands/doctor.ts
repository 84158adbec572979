import type { Command } from 'commander';
import { present } from '../output.js';

/** `liquid-lln doctor`: is everything here that the offline commands need? */
export function register(program: Command): void {
  program
    .command('doctor')
    .description('check this machine: Node.js, compiler, kernel, disk')
    .option('--json', 'print one JSON document')
    .action((_options: object, command: Command) =>
      present(command, () => ({ document: { node: process.version }, text: process.version })),
    );
}
