/** An option or an argument that a shell can complete. */
export interface CompletionValue {
  /** All that it may be; empty if nobody knows. */
  readonly choices: readonly string[];
  /** Whether it names a file or a folder. */
  readonly isFile: boolean;
}

export interface CompletionOption {
  /** As they are typed: `-o`, `--output`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Null for an option that takes none. */
  readonly value: CompletionValue | null;
}

/** A command with everything that may follow it. */
export interface CompletionCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletionOption[];
  readonly arguments: readonly CompletionValue[];
  readonly commands: readonly CompletionCommand[];
}

/** A command and the words that lead to it, the program's name left out. */
export interface CommandPlace {
  readonly path: readonly string[];
  readonly command: CompletionCommand;
}

/** Every command, the program itself first. */
export function placesOf(command: CompletionCommand, path: readonly string[] = []): readonly CommandPlace[] {
  return [{ path, command }, ...command.commands.flatMap((child) => placesOf(child, [...path, child.name]))];
}

/** Whether the name of a value in the usage (`file`, `folder`, `package`) says that it is one. */
export function namesFile(valueName: string): boolean {
  return /\b(?:file|files|folder|directory|path|package)\b/i.test(valueName);
}

/** Of one line, for a list of suggestions. */
export function shortDescription(description: string): string {
  return description.replace(/\s+/g, ' ').trim();
}
