import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '@liquid-lln/cli';
import { buildProgram } from '@liquid-lln/cli/testing';
import t from 'tap';
import { projectRoot } from '../../support/shared.js';

const text = readFileSync(join(projectRoot, 'docs/CLI.md'), 'utf8');
const program = buildProgram({ writeOut: () => undefined, writeErr: () => undefined }, false);
const headings = [...text.matchAll(/^### ([a-z]+)$/gm)].map((match) => match[1] ?? '');

/** What the document says of a command: from its heading to the next one. */
function sectionOf(command: string): string {
  const start = text.indexOf(`\n### ${command}\n`);
  return start === -1 ? '' : (text.slice(start + 1).split(/\n#{2,3} /, 1)[0] ?? '');
}

t.test('docs/CLI.md describes every command, and none that there is not', async (t) => {
  t.same(headings.toSorted(), program.commands.map((command) => command.name()).toSorted());
});

for (const command of program.commands) {
  t.test(`docs/CLI.md names every option of ${command.name()}`, async (t) => {
    const section = sectionOf(command.name());
    for (const { long, flags } of [command, ...command.commands].flatMap(({ options }) => options)) {
      t.ok(new RegExp(`${long}(?![a-z-])`).test(section), flags);
    }
    for (const [named] of section.matchAll(/(?<=`)--[a-z][a-z-]*/g)) {
      t.ok(isKnown(named), `${named} exists`);
    }
  });
}

t.test('docs/CLI.md lists every exit status', async (t) => {
  const listed = [...text.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
  t.same(listed, Object.values(exitCodes));
});

/** Some command has the option; a section may name those of another one. */
function isKnown(long: string): boolean {
  const commands = program.commands.flatMap((command) => [command, ...command.commands]);
  return commands.some((command) => command.options.some((option) => option.long === long));
}
