import { Argument, type Command } from 'commander';
import { commandTree } from '../command-tree-of.js';
import { fishScript } from '../domain/completion/fish-script.js';
import { bashScript, zshScript } from '../domain/completion/sh-scripts.js';
import { present } from '../output.js';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
type Shell = keyof typeof scripts;

/** `liquid-lln completion`: what a shell has to know to complete commands, options and their values. */
export function register(program: Command): void {
  program
    .command('completion')
    .description('print a script by which a shell completes commands, options and values')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(scripts)))
    .option('--json', 'print one JSON document')
    .action((shell: Shell, _options: object, command: Command) =>
      present(command, () => {
        const script = scripts[shell](commandTree(program));
        return { document: { shell, script }, text: script };
      }),
    );
}
