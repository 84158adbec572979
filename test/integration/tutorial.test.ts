import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBoard } from '@liquid-lln/tools';
import t from 'tap';
import * as v from 'valibot';
import { projectRoot } from '../support/shared.js';
import { startCli } from '../support/start-cli.js';

// What a newcomer types first: the commands of docs/TUTORIAL.md, as they stand there, with a home of their own.

t.setTimeout(300_000);

interface Step {
  readonly line: string;
  /** What the page says that it ends with. */
  readonly exitCode: number;
  /** Words that the page shows and that are the same in every run. */
  readonly shown: readonly string[];
}

const page = readFileSync(join(projectRoot, 'docs/TUTORIAL.md'), 'utf8');
const steps = [...page.matchAll(/^```console\n\$ (.+)\n([\s\S]*?)^```$/gm)].map(
  ([, line = '', output = '']): Step => ({
    line,
    exitCode: Number(/^\(exit status (\d+)\)$/m.exec(output)?.[1] ?? 0),
    shown: [
      ...output.matchAll(/confirmed|halted|reverted|quarantined|PACKAGE_QUARANTINED|"label":"occupied"|healthy/g),
    ].map(([word]) => word),
  }),
);

interface Typed {
  readonly exitCode: number | null;
  readonly output: string;
}

function type(line: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Typed> {
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', line], { cwd, env, timeout: 120_000 }, (_, stdout, stderr) =>
      resolve({ exitCode: child.exitCode, output: `${stdout}${stderr}` }),
    );
  });
}

const skip = LocalBoard.faultOf('posix') ?? false;
t.test('the commands of the tutorial do what it says', { skip }, async (t) => {
  t.ok(steps.length >= 8, `${steps.length} commands`);
  const home = mkdtempSync(join(tmpdir(), 'liquid-lln-tutorial-'));
  // The packages that the commands make are not to lie in the project.
  const clone = join(home, 'clone');
  mkdirSync(clone);
  for (const name of ['examples', 'node_modules', 'package.json'])
    symlinkSync(join(projectRoot, name), join(clone, name));
  const data = join(home, '.local/state/liquid-lln');
  const up = startCli(['up', '--data-dir', data, '--port', '0', '--json']);
  t.teardown(async () => {
    up.signal('SIGTERM');
    await up.ended;
    rmSync(home, { recursive: true });
  });
  const { agentUrl } = v.parse(v.object({ agentUrl: v.string() }), JSON.parse(await up.untilStdout(/^(\{.*\})\n/)));
  const { XDG_STATE_HOME, XDG_CONFIG_HOME, LLN_CONFIG, LLN_BROKER, ...outer } = process.env;
  const env = { ...outer, HOME: home, AGENT: agentUrl, npm_config_offline: 'true', COLUMNS: '100' };
  for (const [index, { line, exitCode, shown }] of steps.entries()) {
    const typed = await type(line, clone, env);
    t.equal(typed.exitCode, exitCode, `${index + 1}: ${line}\n${typed.output}`);
    for (const word of new Set(shown)) t.ok(typed.output.includes(word), `it says ${word}`);
  }
});
