import { Argument, type Command, type Option } from 'commander';
import { type CompletionCommand, type CompletionOption, namesFile } from '../domain/completion/command-tree.js';
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

/** All that commander knows of a command, as data. */
function commandTree(command: Command): CompletionCommand {
  const help = command.createHelp();
  return {
    name: command.name(),
    description: command.description(),
    options: help.visibleOptions(command).map(optionOf),
    arguments: command.registeredArguments.map((each) => ({
      choices: each.argChoices ?? [],
      isFile: namesFile(each.name()),
    })),
    commands: help.visibleCommands(command).flatMap(treesOf),
  };
}

/** Under its name, and under each other name that it has. */
function treesOf(command: Command): readonly CompletionCommand[] {
  const tree = commandTree(command);
  return [tree.name, ...command.aliases()].map((name) => ({ ...tree, name }));
}

function optionOf(option: Option): CompletionOption {
  const { short, long, description, flags, argChoices = [] } = option;
  const takesValue = option.required || option.optional;
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    value: takesValue ? { choices: argChoices, isFile: namesFile(flags.slice(flags.search(/[<[]/))) } : null,
  };
}
