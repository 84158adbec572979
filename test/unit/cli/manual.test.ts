import { spawnSync } from 'node:child_process';
import { buildProgram, examples, manPage } from '@liquid-lln/cli/testing';
import t from 'tap';
import { commandLines } from '../../runbook/command-lines.js';
import { runCliHere } from '../../support/run-cli.js';

const quiet = { writeOut: () => undefined, writeErr: () => undefined };

/** The words of a line as a shell has them, where quotes are double and nothing is escaped. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** The program, whose commands do nothing. */
function idleProgram(): ReturnType<typeof buildProgram> {
  const program = buildProgram(quiet, false);
  for (const command of program.commands.flatMap((one) => [one, ...one.commands]))
    if (command.commands.length === 0) command.action(() => undefined);
  return program;
}

t.test('every command has an example, and every example is of a command', async (t) => {
  const names = idleProgram().commands.map((command) => command.name());
  t.same(Object.keys(examples).toSorted(), names.toSorted());
  for (const [name, lines] of Object.entries(examples)) {
    t.ok(lines.length > 0, name);
    for (const line of lines) t.ok(line.startsWith(`liquid-lln ${name}`), line);
  }
});

t.test('every example is a line that the program understands', async (t) => {
  for (const line of Object.values(examples).flat()) {
    const [, ...words] = wordsOf(line);
    await t.resolves(() => idleProgram().parseAsync(words, { from: 'user' }), line);
  }
});

t.test('the lines of the deployment runbook are among them, as they stand there', async (t) => {
  const shown = new Set(Object.values(examples).flat());
  for (const line of commandLines) if (line.startsWith('liquid-lln ')) t.ok(shown.has(line), line);
});

t.test('help shows the examples', async (t) => {
  const { stdout, exitCode } = await runCliHere(['help', 'switch']);
  t.equal(exitCode, 0);
  t.match(stdout, /Examples:\n {2}liquid-lln switch --from production-blue --to production-green\n/);
});

t.test('the manual has every command with its options', async (t) => {
  const { stdout, exitCode } = await runCliHere(['man']);
  t.equal(exitCode, 0);
  for (const command of idleProgram().commands) t.match(stdout, `.SS ${command.name()}\n`);
  t.match(stdout, '.B \\-\\-failure\\-budget\n');
  t.match(stdout, '.B 130\n');
});

t.test('text in the manual is text', async (t) => {
  const option = { flags: ['-o'], description: "'quoted\\", value: null };
  const command = { name: 'it', description: '.SH no heading', options: [option], arguments: [], commands: [] };
  const page = manPage({ ...command, name: 'lln', commands: [command] }, '1.0.0', []);
  t.match(page, '\\&.SH no heading.\n');
  t.match(page, "\\&'quoted\\e\n");
});

const groff = spawnSync('groff', ['--version']).error === undefined;
t.test('groff finds nothing to complain of', { skip: !groff && 'groff is not installed' }, async (t) => {
  const { stdout } = await runCliHere(['man']);
  const drawn = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], { input: stdout, encoding: 'utf8' });
  t.same([drawn.status, drawn.stderr], [0, '']);
});
