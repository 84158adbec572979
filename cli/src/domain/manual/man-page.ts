import {
  type CompletionCommand,
  type CompletionOption,
  placesOf,
  shortDescription,
} from '../completion/command-tree.js';
import { examples } from './examples.js';

/** A program's manual in the macros of man(7), from its commands as they are. */
export function manPage(program: CompletionCommand, version: string, exitStatuses: readonly ExitStatus[]): string {
  const [, ...places] = placesOf(program);
  const lines = [
    `.TH ${program.name.toUpperCase()} 1 "" "${roff(`${program.name} ${version}`)}"`,
    '.SH NAME',
    `${roff(program.name)} \\- ${roff(shortDescription(program.description))}`,
    '.SH SYNOPSIS',
    `.B ${roff(program.name)}`,
    '.I command',
    '[options]',
    '.SH COMMANDS',
    ...places.flatMap(({ path, command }) => commandLines(path, command)),
    '.SH EXIT STATUS',
    ...exitStatuses.flatMap(({ status, meaning }) => ['.TP', `.B ${status}`, roff(meaning)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** An exit status with what it says. */
export interface ExitStatus {
  readonly status: number;
  readonly meaning: string;
}

function commandLines(
  path: readonly string[],
  { description, options, arguments: values }: CompletionCommand,
): string[] {
  const name = path.join(' ');
  const shown = values.flatMap(({ choices }) => (choices.length === 0 ? [] : [`One of: ${choices.join(', ')}.`]));
  return [
    `.SS ${roff(name)}`,
    roff([`${shortDescription(description)}.`, ...shown].join(' ')),
    ...options.flatMap(optionLines),
    ...(examples[name] ?? []).flatMap((example) => ['.PP', '.nf', roff(example), '.fi']),
  ];
}

function optionLines({ flags, description, value }: CompletionOption): string[] {
  const choices = value === null || value.choices.length === 0 ? '' : ` (${value.choices.join(', ')})`;
  return ['.TP', `.B ${roff(flags.join(', '))}`, roff(`${shortDescription(description)}${choices}`)];
}

/** Text that is nothing but text: hyphens stay hyphens, and no line is taken for a request. */
function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
