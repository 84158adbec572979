import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalBoard } from '@liquid-lln/tools';
import t from 'tap';
import { projectRoot, sharedFolder } from '../support/shared.js';
import { emulationFault } from './boards.js';
import type { Checks } from './check.js';
import { commandLines, commandLinesIn } from './command-lines.js';
import { deploymentChecks } from './deployment-checks.js';
import { measurementChecks } from './measurement-checks.js';
import { Stage } from './stage.js';
import { fillIn, shownLines, type TypedLine } from './transcript.js';
import { watchingChecks } from './watching-checks.js';

// Every line of the deployment runbook, typed into a shell, on a fleet of processes that lives through all of it: a
// coordinator; a gateway with a board in simulation and in staging, two in production, with clients.

t.setTimeout(900_000);
const skip = LocalBoard.faultOf('posix') ?? false;

const checks: Checks = { ...deploymentChecks, ...measurementChecks, ...watchingChecks };

const document = join(projectRoot, 'docs/RUNBOOK.md');

/** With `LLN_TRANSCRIPT` set, the outputs in the document are made anew from this run. */
function writeTranscript(typed: readonly TypedLine[]): void {
  if (process.env['LLN_TRANSCRIPT'] === undefined) return;
  writeFileSync(document, fillIn(readFileSync(document, 'utf8'), typed));
}

const seed = join(sharedFolder() ?? '', 'seed');
const noSeed = !existsSync(seed) && 'the runbook does not lie beside the checkout: the list was not compared with it';
t.test('the lines are those of the runbook, word for word', { skip: noSeed }, async (t) => {
  const texts = readdirSync(seed).map((name) => readFileSync(join(seed, name), 'utf8'));
  t.same(texts.flatMap(commandLinesIn), [...commandLines]);
});

t.test('docs/RUNBOOK.md shows every line, in the order of the runbook, with what it printed', async (t) => {
  const shown = shownLines(readFileSync(document, 'utf8'));
  t.same([...new Set(shown)], [...commandLines]);
});

t.test('B48: the runbook', { skip }, async (t) => {
  t.same(Object.keys(checks).sort(), [...commandLines].sort(), 'every line has a check');
  t.comment('boards of kind stm32h743 are their firmware as Linux processes that say so: no silicon here');
  const stage = await Stage.open();
  t.teardown(() => stage.close());
  await stage.prepareFleet();
  await t.test('a board of it is the code of a Cortex-M7', { skip: emulationFault ?? false }, async (t) => {
    const board = (await stage.devices('simulation')).find(({ deviceId }) => deviceId === 'sim-1.board');
    t.match(board, { kind: 'mps2-an500', reported: { running: { version: '1.2.3' } } });
  });
  for (const [index, line] of commandLines.entries())
    await t.test(`line ${index + 1}: ${line}`, async (t) => await checks[line](t, stage, line));
  writeTranscript(stage.typed);
  t.same(
    stage.clientFailures.filter((what) => !/isolated/.test(what)),
    [],
    'no client was left without an answer',
  );
});
