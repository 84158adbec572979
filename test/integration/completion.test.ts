import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '@liquid-lln/cli';
import t, { type Test } from 'tap';
import { runCliHere } from '../support/run-cli.js';

type Shell = 'bash' | 'zsh' | 'fish';

interface Completed {
  /** What the shell suggests, one a line. */
  readonly suggest: (words: readonly string[]) => readonly string[];
}

function skipWithout(shell: Shell): false | string {
  return spawnSync(shell, ['--version']).status !== 0 && `there is no ${shell} here`;
}

/** Where suggestions of files come from. */
function folderWith(t: Test, script: string): string {
  return t.testdir({ script, work: { 'weights 1.safetensors': '', 'wide.json': '' } });
}

async function completionOf(t: Test, shell: Shell): Promise<Completed> {
  const { exitCode, stdout } = await runCliHere(['completion', shell]);
  t.equal(exitCode, exitCodes.done);
  const folder = folderWith(t, stdout);
  return {
    suggest: (words) => {
      const driver = join(folder, 'driver');
      writeFileSync(driver, drivers[shell](join(folder, 'script'), words));
      const args = { bash: ['--norc', driver], zsh: ['-f', driver], fish: ['--no-config', driver] }[shell];
      const run = spawnSync(shell, args, {
        cwd: join(folder, 'work'),
        encoding: 'utf8',
        env: { ...process.env, HOME: folder },
        timeout: 20_000,
      });
      t.equal(run.stderr, '', words.join(' '));
      return run.stdout
        .split('\n')
        .map((line) => line.split('\t')[0] ?? '')
        .filter((line) => line !== '');
    },
  };
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' ');
}

/** What sets up each shell as if the words had been typed, the last of them to be completed. */
const drivers: Readonly<Record<Shell, (script: string, words: readonly string[]) => string>> = {
  bash: (script, words) => `source '${script}'
COMP_WORDS=(liquid-lln ${quoted(words)}); COMP_CWORD=${words.length}
_liquid_lln
printf '%s\\n' "\${COMPREPLY[@]}"
`,
  // The functions of zsh's completion system work within its line editor only: here they say what they are given.
  zsh: (script, words) => `compdef() { :; }
typing=${quoted(words.slice(-1))}
offer() { for each in "$@"; do [[ $each == $typing* ]] && print -r -- $each; done; return 0 }
compadd() { shift; offer "$@"; }
_describe() { local entry; for entry in \${(P)@[-1]}; do offer "\${entry%%:*}"; done; }
_files() { offer *; }
compset() { typing=\${typing#*=}; }
source '${script}'
words=(liquid-lln ${quoted(words)}); CURRENT=${words.length + 1}
_liquid_lln
`,
  fish: (script, words) => `source '${script}'
complete -C 'liquid-lln ${words.join(' ')}'
`,
};

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  t.test(`${shell} completes commands, options, choices and files`, { skip: skipWithout(shell) }, async (t) => {
    const { suggest } = await completionOf(t, shell);
    t.same([...suggest(['dep'])].sort(), ['deploy', 'deployments']);
    t.same(suggest(['abo']), ['abort'], 'a second name of a command counts too');
    t.same(suggest(['report', '--roll']), ['--rollout']);
    t.same([...suggest(['status', '--env', 'st'])], ['staging']);
    t.same(suggest(['status', '--target', 'rollouts', '--metric', 'boa']), ['board'], 'also after other options');
    t.same([...suggest(['datasets', 'a'])], ['add']);
    t.same(suggest(['completion', 'fi']), ['fish']);
    t.match(suggest(['pack', '--weights', 'we'])[0], /^weights\\? 1\.safetensors$/, 'files where a file is meant');
    t.same(suggest(['pack', '--config', 'wi']), ['wide.json']);
    t.same(suggest(['deploy', '--target', 'w']), [], 'nothing where nobody knows');
  });
}

for (const shell of ['bash', 'zsh'] as const) {
  t.test(`${shell} completes a value after a sign of equality`, { skip: skipWithout(shell) }, async (t) => {
    const { suggest } = await completionOf(t, shell);
    // Bash parts the words itself.
    const words = shell === 'bash' ? ['status', '--env', '=', 'st'] : ['status', '--env=st'];
    t.same(suggest(words), ['staging']);
  });
}

t.test('another shell is a usage error that names those there are', async (t) => {
  const { exitCode, stderr } = await runCliHere(['completion', 'tcsh']);
  t.equal(exitCode, exitCodes.usage);
  t.match(stderr, /bash, zsh, fish/);
});
