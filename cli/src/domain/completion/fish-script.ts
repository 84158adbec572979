import {
  type CommandPlace,
  type CompletionCommand,
  type CompletionOption,
  type CompletionValue,
  placesOf,
  shortDescription,
} from './command-tree.js';

/** A word for fish, whatever is in it. */
function quoteFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Completion for fish: to be sourced, or put into ~/.config/fish/completions. */
export function fishScript(program: CompletionCommand): string {
  const start = `complete -c ${program.name}`;
  const lines = placesOf(program).flatMap((place) => linesOf(place).map((line) => `${start} ${line}`));
  return `# fish completion for ${program.name}: source it, or save it as ~/.config/fish/completions/${program.name}.fish
${start} -f
${lines.join('\n')}
`;
}

function linesOf(place: CommandPlace): readonly string[] {
  const { commands, options, arguments: values } = place.command;
  const when = `-n ${quoteFish(conditionOf(place))}`;
  return [
    ...commands.map(({ name, description }) => `${when} -a ${quoteFish(name)} -d ${described(description)}`),
    ...values.flatMap((value) => argumentLine(when, value)),
    ...options.map((option) => `${when} ${optionWords(option)}`),
  ];
}

function described(description: string): string {
  return quoteFish(shortDescription(description));
}

/** Whether the words of the place have been typed, and no further command. */
function conditionOf({ path, command }: CommandPlace): string {
  if (path.length === 0) return '__fish_use_subcommand';
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const none = command.commands.map(({ name }) => name).join(' ');
  return [...seen, ...(none === '' ? [] : [`not __fish_seen_subcommand_from ${none}`])].join('; and ');
}

function argumentLine(when: string, { choices, isFile }: CompletionValue): string[] {
  if (choices.length > 0) return [`${when} -a ${quoteFish(choices.join(' '))}`];
  return isFile ? [`${when} -F`] : [];
}

function optionWords({ flags, description, value }: CompletionOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...names, ...valueWords(value), `-d ${described(description)}`].join(' ');
}

function valueWords(value: CompletionValue | null): readonly string[] {
  if (value === null) return [];
  if (value.choices.length > 0) return [`-x -a ${quoteFish(value.choices.join(' '))}`];
  return [value.isFile ? '-r -F' : '-x'];
}
