import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildNetworkImage } from '@liquid-lln/protocol';
import t, { type Test } from 'tap';
import { exampleNetworks } from '../support/example-networks.js';
import { obstacleOf, sanitizerObstacle } from '../support/obstacles.js';
import { projectRoot } from '../support/shared.js';

const testDir = join(projectRoot, 'firmware-bridge/kernel/test');
const timeoutMs = 300_000;
const fuzzSeconds = '15';

t.setTimeout(timeoutMs);

/** An image of every example network, in a folder of the test's own. */
function writeImages(t: Test): { folder: string; files: string[] } {
  const folder = t.testdir({});
  const files = exampleNetworks().map(({ name, network }) => {
    const file = `${name}.lnet`;
    writeFileSync(join(folder, file), buildNetworkImage(network, { defaultTimeStep: 1 }));
    return file;
  });
  return { folder, files };
}

function runScript(name: string, args: readonly string[], folder: string) {
  const script = join(testDir, name);
  return spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: 'utf8', timeout: timeoutMs });
}

t.test('the C tests pass: elementary functions, and damaged images under the sanitizers', async (t) => {
  const { folder, files } = writeImages(t);
  const run = runScript('run.mjs', files, folder);
  t.equal(run.status, 0, run.stderr);
  for (const line of run.stdout.trim().split('\n')) t.comment(line);
  t.match(run.stdout, /^software-fmaf inputs \d+ wrong 0$/m);
  for (const file of files) t.ok(run.stdout.includes(`${file}: `), file);
});

t.test('no result depends on memory that was never written', { skip: obstacleOf('valgrind') }, async (t) => {
  const { folder, files } = writeImages(t);
  const run = runScript('valgrind.mjs', files, folder);
  t.equal(run.status, 0, run.stderr.slice(0, 4000));
  for (const file of files) t.ok(run.stdout.includes(`${file}: `), file);
});

for (const target of ['image', 'step']) {
  t.test(`${fuzzSeconds} s of fuzzing find nothing: ${target}`, { skip: sanitizerObstacle() }, async (t) => {
    const { folder, files } = writeImages(t);
    const run = runScript('fuzz.mjs', [target, fuzzSeconds, ...(target === 'image' ? files : [])], folder);
    t.equal(run.status, 0, run.stderr.slice(-4000));
    const executed = /number_of_executed_units: (\d+)/.exec(run.stderr)?.[1] ?? 'no';
    t.comment(`${executed} runs`);
    t.ok(Number(executed) > 100);
  });
}
