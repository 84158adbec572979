import type { Command, Option } from 'commander';
import { type CompletionCommand, type CompletionOption, namesFile } from './domain/completion/command-tree.js';

/** All that commander knows of a command, as data. */
export function commandTree(command: Command): CompletionCommand {
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
