import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '@liquid-lln/cli';
import t from 'tap';
import { runCliHere, runCliProcess } from '../support/run-cli.js';
import { sharedFolder } from '../support/shared.js';

const shared = sharedFolder();
const skip = shared === null && 'no reference folder beside the checkout';
const reference = join(shared ?? '', 'reference');
const datasets = join(shared ?? '', 'datasets/occupancy');
const suffix = '.vectors.json';

function referenceNames(): string[] {
  return readdirSync(reference)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length));
}

/** What a description says about a model's answers, by data set. */
interface Description {
  readonly metrics: Readonly<
    Record<string, { readonly rows: number; readonly false_positives: number; readonly false_negatives: number }>
  >;
}

function packArguments(name: string, folder: string): string[] {
  const sources = ['--weights', join(reference, `${name}.safetensors`), '--config', join(reference, `${name}.json`)];
  return ['pack', ...sources, '--name', name, '--version', '1.0.0', '-o', join(folder, `${name}.liquid`)];
}

function inferArguments(name: string, folder: string): string[] {
  const vectors = join(reference, `${name}${suffix}`);
  return ['infer', '--model', join(folder, `${name}.liquid`), '--vectors', vectors, '--json'];
}

t.test('pack and infer reproduce the reference: 38 of 38', { skip }, async (t) => {
  const folder = t.testdir();
  const failed: string[] = [];
  const names = referenceNames();
  for (const name of names) {
    const pack = await runCliHere(packArguments(name, folder));
    const infer = await runCliHere(inferArguments(name, folder));
    const isRight = pack.exitCode === exitCodes.done && infer.exitCode === exitCodes.done;
    if (!isRight) failed.push(`${name}: ${pack.stderr}${infer.stdout.slice(-200)}`);
  }
  t.strictSame(failed, []);
  t.equal(names.length, 38);
});

t.test('as processes they print exactly the promised document', { skip }, async (t) => {
  const folder = t.testdir();
  for (const name of ['cfc-autoncp', 'ltc-mm', 'occupancy-gru']) {
    t.equal(runCliProcess(packArguments(name, folder)).exitCode, exitCodes.done);
    const { exitCode, stdout } = runCliProcess(inferArguments(name, folder));
    t.equal(exitCode, exitCodes.done, name);
    const document = JSON.parse(stdout) as Record<string, unknown>;
    const keys = ['name', 'outputs', 'stateFinal', 'memoryFinal', 'maxAbsError', 'tolerance', 'pass'];
    t.strictSame(Object.keys(document), keys);
    t.equal(document['pass'], true);
    t.equal(document['memoryFinal'] === null, name !== 'ltc-mm');
  }
});

t.test('vectors of another network are out of tolerance: exit 1', { skip }, async (t) => {
  const folder = t.testdir();
  await runCliHere(packArguments('occupancy-cfc-bad', folder));
  const args = inferArguments('occupancy-cfc-bad', folder);
  const others = args.map((word) => word.replace('occupancy-cfc-bad.vectors', 'occupancy-cfc.vectors'));
  const { exitCode, stdout } = await runCliHere(others);
  t.equal(exitCode, exitCodes.notSo);
  t.match(JSON.parse(stdout), { pass: false });
});

t.test('whole files give exactly the stored counts', { skip }, async (t) => {
  const folder = t.testdir();
  const cases = referenceNames().filter((name) => name.startsWith('occupancy-'));
  t.equal(cases.length, 6);
  for (const name of cases) {
    await runCliHere(packArguments(name, folder));
    const { metrics } = JSON.parse(readFileSync(join(reference, `${name}.json`), 'utf8')) as Description;
    for (const dataset of ['validation', 'test']) {
      const csv = join(datasets, `${dataset}.csv`);
      const { stdout } = await runCliHere(['infer', '--model', join(folder, `${name}.liquid`), '--csv', csv, '--json']);
      const expected = metrics[dataset];
      t.ok(expected, `the reference has counts of ${dataset}`);
      t.match(
        JSON.parse(stdout),
        {
          rows: expected?.rows,
          score: { falsePositives: expected?.false_positives, falseNegatives: expected?.false_negatives },
        },
        `${name}, ${dataset}`,
      );
    }
  }
});
