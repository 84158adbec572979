import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockedFor } from '@liquid-lln/tools';
import t from 'tap';
import { projectRoot } from '../../../support/shared.js';

const lock = {
  packages: {
    '': { dependencies: { unrelated: '1' } },
    app: { dependencies: { own: '1', a: '1' } },
    lib: { dependencies: { b: '1' } },
    'node_modules/own': { link: true, resolved: 'lib' },
    'node_modules/a': { version: '1.0.0', dependencies: { b: '2' }, optionalDependencies: { fast: '1', absent: '1' } },
    'node_modules/a/node_modules/b': { version: '2.0.0', dependencies: { c: '1' } },
    'node_modules/b': { version: '1.0.0', dependencies: { a: '1' } },
    'node_modules/c': { version: '1.0.0' },
    'node_modules/fast': { version: '1.0.0', optional: true },
    'node_modules/unrelated': { version: '1.0.0' },
  },
};

t.test('what a workspace reaches, through other workspaces, is found where Node.js would look', async (t) => {
  const paths = [...lockedFor(lock, 'app').keys()];
  const expected = ['a', 'a/node_modules/b', 'b', 'c', 'fast'];
  t.same(
    paths,
    expected.map((name) => `node_modules/${name}`),
  );
});

t.test('what is left out takes with it what only it needs', async (t) => {
  const paths = [...lockedFor(lock, 'app', ['node_modules/a/node_modules/b']).keys()];
  t.same(paths, ['node_modules/a', 'node_modules/b', 'node_modules/fast']);
});

t.test('a hole in the lock file is an error, unless what is missing is optional', async (t) => {
  const { 'node_modules/c': _, ...packages } = lock.packages;
  t.throws(() => lockedFor({ packages }, 'app'), /lacks c, which node_modules\/a\/node_modules\/b needs/);
});

t.test('the agent needs koffi, and no tool of ours', async (t) => {
  const real: unknown = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'));
  const names = [...lockedFor(real, 'agent').keys()].map((path) => path.replace('node_modules/', ''));
  for (const name of ['koffi', 'mqtt', 'pino', 'valibot']) t.ok(names.includes(name), name);
  for (const name of ['tap', 'typescript', 'eslint', 'commander']) t.notOk(names.includes(name), name);
});
