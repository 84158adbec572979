import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import * as v from 'valibot';
import { projectRoot } from '../support/shared.js';

// A project that breaks every boundary, shown to the rules of .dependency-cruiser.cjs: a check that cannot fail checks
// nothing.
const bad: Readonly<Record<string, string>> = {
  'protocol/src/index.ts': "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
  'protocol/src/up.ts': "export * from '../../agent/src/domain/policy.js';\n",
  'coordinator/src/domain/plan.ts': "export * from '../../../firmware-bridge/src/kernel.js';\n",
  'firmware-bridge/src/kernel.ts': 'export const kernel = 1;\n',
  'agent/src/domain/policy.ts': "import { now } from '../adapters/clock.js';\nexport const decide = now;\n",
  'agent/src/domain/file.ts': "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
  'agent/src/adapters/clock.ts': "export * from './disk.js';\nexport const now = 1;\n",
  'agent/src/adapters/disk.ts': "import { run } from '../app/run.js';\nexport const write = run;\n",
  'agent/src/ports/bus.ts': "export * from '../adapters/disk.js';\n",
  'agent/src/app/run.ts': "import { write } from '../adapters/disk.js';\nexport const run: unknown = write;\n",
  'cli/src/commands/up.ts': "export * from '../../../agent/src/app/run.js';\nexport * from './gone.js';\n",
};

const violationsSchema = v.object({
  summary: v.object({ violations: v.array(v.object({ from: v.string(), rule: v.object({ name: v.string() }) })) }),
});

function cruise(folder: string): Promise<string[]> {
  const program = join(projectRoot, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(projectRoot, '.dependency-cruiser.cjs');
  const packages = ['protocol', 'firmware-bridge', 'agent', 'coordinator', 'cli'];
  return new Promise((resolve, reject) => {
    const args = [program, '--config', config, '--output-type', 'json', ...packages];
    execFile(process.execPath, args, { cwd: folder, timeout: 60_000 }, (error, stdout) => {
      if (stdout === '') return reject(error ?? new Error('dependency-cruiser said nothing'));
      const { summary } = v.parse(violationsSchema, JSON.parse(stdout));
      resolve(summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`));
    });
  });
}

t.test('every boundary is guarded', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-boundaries-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  symlinkSync(join(projectRoot, 'tsconfig.base.json'), join(folder, 'tsconfig.base.json'));
  for (const [path, text] of Object.entries(bad)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const violations = await cruise(folder);
  for (const expected of [
    'protocol-does-no-io: protocol/src/index.ts',
    'protocol-imports-only-itself: protocol/src/up.ts',
    'coordinator-imports-only-protocol: coordinator/src/domain/plan.ts',
    'domain-imports-only-domain-protocol-and-schemas: coordinator/src/domain/plan.ts',
    'domain-imports-only-domain-protocol-and-schemas: agent/src/domain/policy.ts',
    'domain-imports-only-domain-protocol-and-schemas: agent/src/domain/file.ts',
    'adapters-never-import-each-other: agent/src/adapters/clock.ts',
    'adapters-never-import-app: agent/src/adapters/disk.ts',
    'ports-know-no-implementation: agent/src/ports/bus.ts',
    'only-entry-points-construct-adapters: agent/src/app/run.ts',
    'cli-imports-only-protocol-and-firmware-bridge: cli/src/commands/up.ts',
    'only-public-entries-of-other-packages: cli/src/commands/up.ts',
    'every-import-resolves: cli/src/commands/up.ts',
  ]) {
    t.ok(violations.includes(expected), expected);
  }
  t.ok(
    violations.some((violation) => violation.startsWith('no-cycles: agent/src/')),
    'no-cycles',
  );
});
