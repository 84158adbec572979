import { posix } from 'node:path';
import type { Finding, SourceFile } from '../source-file.js';

/** What a document may point at. */
export interface Project {
  /** Whether a path from the root exists. */
  readonly exists: (path: string) => boolean;
  /** The scripts of package.json. */
  readonly scripts: readonly string[];
  /** The commands of `liquid-lln`. */
  readonly commands: readonly string[];
}

/** Finds relative links of a Markdown document that lead nowhere. */
export function findBrokenLinks({ path, text }: SourceFile, project: Project): Finding[] {
  return matches(text, /\]\(([^)\s]+)\)/g)
    .filter(({ captured }) => !/^(?:https?:|mailto:|#)/.test(captured))
    .filter(({ captured }) => !project.exists(posix.join(posix.dirname(path), captured.split('#', 1)[0] ?? '')))
    .map(({ captured, line }) => ({ path, line, message: `the link to ${captured} leads nowhere` }));
}

/** Finds `npm run …` and `liquid-lln …` that name what does not exist. */
export function findUnknownCommands({ path, text }: SourceFile, project: Project): Finding[] {
  const code = onlyCode(text);
  const scripts = matches(code, /\bnpm run ([a-z][\w:-]*)/g).filter(
    ({ captured }) => !project.scripts.includes(captured),
  );
  const commands = matches(code, /(?:^ *|`|\$ |npx )liquid-lln ([a-z][\w-]*)/gm).filter(
    ({ captured }) => captured !== 'help' && !project.commands.includes(captured),
  );
  return [
    ...scripts.map(({ captured, line }) => ({ path, line, message: `package.json has no script "${captured}"` })),
    ...commands.map(({ captured, line }) => ({ path, line, message: `liquid-lln has no command "${captured}"` })),
  ];
}

/** The document with its lines of prose emptied: what stays is fenced, or between backticks. */
function onlyCode(text: string): string {
  let isFenced = false;
  const lines = text.split('\n').map((line) => {
    if (/^ *```/.test(line)) isFenced = !isFenced;
    return isFenced ? line : (line.match(/`[^`]+`/g) ?? []).join(' ');
  });
  return lines.join('\n');
}

function matches(text: string, pattern: RegExp): { captured: string; line: number }[] {
  return [...text.matchAll(pattern)].map((match) => ({
    captured: match[1] ?? '',
    line: text.slice(0, match.index).split('\n').length,
  }));
}
