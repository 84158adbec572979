import type { CliRun } from '../support/run-cli.js';

/** A line of the runbook as it was typed, and what came of it. */
export interface TypedLine extends CliRun {
  readonly line: string;
}

/** Of a longer output the beginning and the end are shown. */
const headLines = 18;
const tailLines = 8;
const columnsMax = 180;

/**
 * A document with the outputs of a run in it: below each `$ line` of its `console` blocks what the line printed, the first
 * time that it stands there of the first time that it was typed, and so on. What stood there before is replaced.
 */
export function fillIn(markdown: string, typed: readonly TypedLine[]): string {
  const seen = new Map<string, number>();
  return markdown.replace(/^```console\n\$ (?<line>.+)\n[\s\S]*?^```$/gm, (block, line: string) => {
    const nth = seen.get(line) ?? 0;
    seen.set(line, nth + 1);
    const run = typed.filter((one) => one.line === line)[nth];
    return run === undefined ? block : ['```console', `$ ${line}`, ...outputOf(run), '```'].join('\n');
  });
}

/** The lines with an output in a document, in their order. */
export function shownLines(markdown: string): string[] {
  return [...markdown.matchAll(/^```console\n\$ (?<line>.+)\n(?!```)/gm)].map(({ groups }) => groups?.['line'] ?? '');
}

/** Both outputs, as a terminal would show them; the exit status where it is not 0. */
function outputOf({ stdout, stderr, exitCode }: TypedLine): string[] {
  const lines = `${stderr}${stdout}`.trimEnd().split('\n').map(shorten);
  const shown =
    lines.length <= headLines + tailLines + 1
      ? lines
      : [...lines.slice(0, headLines), `… ${lines.length - headLines - tailLines} lines …`, ...lines.slice(-tailLines)];
  return exitCode === 0 ? shown : [...shown, `(exit status ${exitCode})`];
}

function shorten(line: string): string {
  return line.length <= columnsMax ? line : `${line.slice(0, columnsMax - 1)}…`;
}
