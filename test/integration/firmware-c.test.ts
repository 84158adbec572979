import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildNetworkImage } from '@liquid-lln/protocol';
import t, { type Test } from 'tap';
import { exampleNetwork } from '../support/example-networks.js';
import { denseGru } from '../support/firmware-images.js';
import { obstacleOf, sanitizerObstacle } from '../support/obstacles.js';
import { projectRoot } from '../support/shared.js';

const testDir = join(projectRoot, 'firmware-bridge/firmware/test');
const vectors = join(projectRoot, 'protocol/vectors/boot-decisions.json');
const timeoutMs = 300_000;
const fuzzSeconds = '8';

t.setTimeout(timeoutMs);

/** Two small network images, and one that takes two sectors of flash, in a folder of the test's own. */
function writeImages(t: Test) {
  const folder = t.testdir({});
  const networks = { small: exampleNetwork('gru'), other: exampleNetwork('ltc-mapped'), large: denseGru(8, 110, 4) };
  const write = (name: keyof typeof networks) => {
    const file = join(folder, `${name}.lnet`);
    writeFileSync(file, buildNetworkImage(networks[name], { defaultTimeStep: 1 }));
    return file;
  };
  return { folder, small: write('small'), other: write('other'), large: write('large') };
}

function runScript(name: string, args: readonly string[], folder: string) {
  const script = join(testDir, name);
  return spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: 'utf8', timeout: timeoutMs });
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

const builds = [
  { compiler: 'gcc', kind: 'plain', isLarge: true },
  { compiler: 'clang', kind: 'sanitized', isLarge: false },
];

for (const { compiler, kind, isLarge } of builds) {
  const skip = kind === 'sanitized' ? sanitizerObstacle() : obstacleOf(compiler);
  t.test(`the firmware's C tests pass: ${compiler}, ${kind}`, { skip }, async (t) => {
    const { folder, small, other, large } = writeImages(t);
    const images = [small, other, ...(isLarge ? [large] : [])];
    const run = runScript('run.mjs', [compiler, kind, vectors, ...images], folder);
    t.equal(run.status, 0, run.stderr.slice(-4000));
    const lines = run.stdout.trim().split('\n');
    t.ok(lines.includes('wire: passed'), 'frames, checksums, base64 and CBOR');
    t.ok(lines.includes('app: passed'), 'journal, records, machine, trial, log, health');
    t.ok(lines.includes('boot: 12 decisions'), 'the boot table is that of the vectors');
    t.ok(lines.includes(hashOf(small)) && lines.includes(hashOf(other)), 'SHA-256 is that of node:crypto');
    const sweeps = lines
      .map((line) => /^(.+): (\d+) operations, (\d+) cuts$/.exec(line))
      .filter((match) => match !== null);
    const passed = sweeps.map(([, name]) => name);
    for (const [line] of sweeps) t.comment(line);
    t.equal(sweeps.length, isLarge ? 8 : 4);
    t.ok(
      passed.includes('update') && sweeps.every(([, , , cuts]) => Number(cuts) > 200),
      'B2: power lost in any operation of an update leaves the old image or the new one, and the way back untouched',
    );
    t.ok(
      passed.includes('update with a full journal'),
      'B34: a torn or unreadable word of flash costs nothing, and no word is programmed twice',
    );
    t.ok(passed.includes('revert') && passed.includes('timeout'), 'a trial that is cut short is never taken up again');
  });
}

for (const target of ['frame', 'cbor', 'request']) {
  t.test(`${fuzzSeconds} s of fuzzing find nothing: ${target}`, { skip: sanitizerObstacle() }, async (t) => {
    const { folder, small } = writeImages(t);
    const run = runScript('fuzz.mjs', [target, fuzzSeconds, small], folder);
    t.equal(run.status, 0, 'nothing is found');
    if (run.status !== 0) t.comment(run.stderr.slice(-4000));
    const executed = /number_of_executed_units: (\d+)/.exec(run.stderr)?.[1] ?? 'no';
    t.comment(`${executed} runs`);
    t.ok(Number(executed) > 100);
  });
}
