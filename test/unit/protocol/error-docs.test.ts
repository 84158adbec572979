import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorRegistry } from '@liquid-lln/protocol';
import t from 'tap';
import { projectRoot } from '../../support/shared.js';

const table = readFileSync(join(projectRoot, 'docs/ERRORS.md'), 'utf8');

t.test('docs/ERRORS.md lists exactly the errors of the registry, with their fault and remedy', async (t) => {
  const documented = [...table.matchAll(/^\| ([A-Z][A-Z_]+) \| (\w+) \| (.+) \|$/gm)].filter(
    ([, code]) => code !== 'CODE',
  );
  const rows = Object.entries(errorRegistry).map(([code, { fault, remedy }]) => [code, fault, remedy]);
  t.strictSame(
    documented.map(([, code, fault, remedy]) => [code, fault, remedy]),
    rows,
  );
});
