import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildNetworkImage } from '@liquid-lln/protocol';
import t from 'tap';
import { exampleNetworks } from '../support/example-networks.js';
import { projectRoot } from '../support/shared.js';

const script = join(projectRoot, 'firmware-bridge/kernel/test/run.mjs');
const timeoutMs = 300_000;

t.setTimeout(timeoutMs);

t.test('the C tests pass: elementary functions, and damaged images under the sanitizers', async (t) => {
  const folder = t.testdir({});
  const files = exampleNetworks().map(({ name, network }) => {
    const file = `${name}.lnet`;
    writeFileSync(join(folder, file), buildNetworkImage(network, { defaultTimeStep: 1 }));
    return file;
  });
  const run = spawnSync(process.execPath, [script, ...files], { cwd: folder, encoding: 'utf8', timeout: timeoutMs });
  t.equal(run.status, 0, run.stderr);
  for (const line of run.stdout.trim().split('\n')) t.comment(line);
  t.match(run.stdout, /software fmaf: 0 of \d+ results differ/);
  for (const file of files) t.ok(run.stdout.includes(`${file}: `), file);
});
