import {
  type CommandPlace,
  type CompletionCommand,
  type CompletionValue,
  placesOf,
  shortDescription,
} from './command-tree.js';

/** A word for bash and zsh, whatever is in it. */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What a word stands after, as both scripts keep it: ` deploy` or ` datasets add`. */
function chainOf({ path }: CommandPlace): string {
  return path.map((word) => ` ${word}`).join('');
}

/** Patterns of a `case`, each a quoted word. */
function casePattern(words: readonly string[]): string {
  return words.map(quoteWord).join('|');
}

interface ValueCase {
  /** The place and the option, as in ` deploy --env`. */
  readonly after: readonly string[];
  readonly value: CompletionValue;
}

function valueCases(places: readonly CommandPlace[]): readonly ValueCase[] {
  return places.flatMap((place) =>
    place.command.options.flatMap(({ flags, value }) =>
      value === null ? [] : [{ after: flags.map((flag) => `${chainOf(place)} ${flag}`), value }],
    ),
  );
}

/** What may follow a command: its commands, what its arguments may be, its options. */
function wordsAfter({ commands, arguments: values, options }: CompletionCommand): readonly string[] {
  const choices = values.flatMap((value) => value.choices);
  return [...commands.map(({ name }) => name), ...choices, ...options.flatMap(({ flags }) => flags)];
}

function takesFile({ arguments: values }: CompletionCommand): boolean {
  return values.some(({ isFile }) => isFile);
}

/** Completion for bash: to be sourced, or put where bash-completion finds it. */
export function bashScript(program: CompletionCommand): string {
  const places = placesOf(program);
  const values = valueCases(places).map(
    ({ after, value }) => `    ${casePattern(after)}) ${bashValue(value)}; return ;;`,
  );
  const rest = places.map((place) => `    ${quoteWord(chainOf(place))}) ${bashRest(place)} ;;`);
  return `# bash completion for ${program.name}: source it, or save it as
# ~/.local/share/bash-completion/completions/${program.name}
_liquid_lln_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }
_liquid_lln_files() {
  local found
  mapfile -t found < <(compgen -f -- "$current")
  COMPREPLY+=("\${found[@]}")
  compopt -o filenames 2>/dev/null
}
_liquid_lln() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} chain='' i
  # --option=value comes as three words.
  if [[ $current == '=' ]]; then current=''; fi
  if [[ $previous == '=' ]]; then previous=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$chain \${COMP_WORDS[i]}" in
    ${casePattern(places.slice(1).map(chainOf))}) chain="$chain \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$chain $previous" in
${values.join('\n')}
  esac
  case "$chain" in
${rest.join('\n')}
  esac
}
complete -F _liquid_lln ${program.name}
`;
}

function bashValue({ choices, isFile }: CompletionValue): string {
  if (choices.length > 0) return `_liquid_lln_words ${quoteWord(choices.join(' '))}`;
  return isFile ? '_liquid_lln_files' : ':';
}

function bashRest({ command }: CommandPlace): string {
  const words = `_liquid_lln_words ${quoteWord(wordsAfter(command).join(' '))}`;
  return takesFile(command) ? `${words}; _liquid_lln_files` : words;
}

/** Completion for zsh: to be sourced after compinit, or put into a folder of \`fpath\` as _liquid-lln. */
export function zshScript(program: CompletionCommand): string {
  const places = placesOf(program);
  const values = valueCases(places).map(
    ({ after, value }) => `    ${casePattern(after)}) ${zshValue(value)}; return ;;`,
  );
  const rest = places.map((place) => `    ${quoteWord(chainOf(place))})\n${zshRest(place.command)}\n      ;;`);
  return `#compdef ${program.name}
# zsh completion for ${program.name}: source it after compinit, or save it as _${program.name} in a folder of fpath
_liquid_lln() {
  local previous=\${words[CURRENT - 1]} chain='' i
  local -a entries
  if [[ \${words[CURRENT]} == --*=* ]]; then
    previous=\${words[CURRENT]%%=*}
    compset -P '*='
  fi
  for ((i = 2; i < CURRENT; i++)); do
    case "$chain \${words[i]}" in
    ${casePattern(places.slice(1).map(chainOf))}) chain="$chain \${words[i]}" ;;
    esac
  done
  case "$chain $previous" in
${values.join('\n')}
  esac
  case "$chain" in
${rest.join('\n')}
  esac
}
if [[ \${funcstack[1]} == _liquid_lln ]]; then _liquid_lln "$@"; else compdef _liquid_lln ${program.name}; fi
`;
}

function zshValue({ choices, isFile }: CompletionValue): string {
  if (choices.length > 0) return `compadd -- ${choices.map(quoteWord).join(' ')}`;
  return isFile ? '_files' : ':';
}

function zshRest(command: CompletionCommand): string {
  const described = (name: string, description: string) =>
    quoteWord(`${name.replaceAll(':', '\\:')}:${shortDescription(description)}`);
  const list = (what: string, entries: readonly string[]) =>
    entries.length === 0 ? [] : [`      entries=(${entries.join(' ')})`, `      _describe ${what} entries`];
  const choices = command.arguments.flatMap((value) => value.choices);
  return [
    ...list(
      'command',
      command.commands.map(({ name, description }) => described(name, description)),
    ),
    ...(choices.length === 0 ? [] : [`      compadd -- ${choices.map(quoteWord).join(' ')}`]),
    ...list(
      '-o option',
      command.options.flatMap(({ flags, description }) => flags.map((flag) => described(flag, description))),
    ),
    ...(takesFile(command) ? ['      _files'] : []),
  ].join('\n');
}
