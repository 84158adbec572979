import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KernelNetwork, loadKernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage } from '@liquid-lln/protocol';
import t from 'tap';
import { readReferenceModel, readReferenceVectors, referenceNames } from '../support/reference-networks.js';
import { sharedFolder } from '../support/shared.js';

const shared = sharedFolder();
const skip = shared === null && 'no reference folder beside the checkout';
const folder = join(shared ?? '', 'reference');
const names = shared === null ? [] : referenceNames(folder);
const kernel = loadKernel();
const models = names.filter((name) => name.startsWith('occupancy-'));

t.test('the reference folder holds 32 configurations and 6 models', { skip }, async (t) => {
  t.equal(names.length, 38);
  t.equal(models.length, 6);
});

for (const name of names) {
  t.test(`${name} stays within its tolerance of PyTorch in double precision`, async (t) => {
    const vectors = readReferenceVectors(folder, name);
    const { outputs, state } = runVectors(name, kernel.variant);
    const expectedState = [...vectors.stateFinal, ...(vectors.memoryFinal ?? [])];
    const outputError = largestDifference(outputs, vectors.outputs.flat());
    const stateError = largestDifference(state, expectedState);
    t.ok(outputError <= vectors.tolerance, `outputs: ${outputError} of ${vectors.tolerance}`);
    t.ok(stateError <= vectors.tolerance, `final state: ${stateError} of ${vectors.tolerance}`);
  });
}

const skipVariants = skip || (kernel.variants.length < 2 && 'this processor runs one build of the kernel only');
t.test('every build of the kernel gives the same bits over all sets', { skip: skipVariants }, async (t) => {
  for (const name of names) {
    const [first, ...others] = kernel.variants.map((variant) => runVectors(name, variant));
    for (const other of others) t.same(bitsOf(other), first && bitsOf(first), name);
  }
});

for (const name of models) {
  for (const dataset of ['validation', 'test']) {
    t.test(`${name} over all of ${dataset}.csv makes exactly the mistakes that PyTorch makes`, async (t) => {
      const model = readReferenceModel(folder, name);
      const network = kernel.open(buildNetworkImage(model.description, { defaultTimeStep: 1 }));
      const rows = readRows(join(shared ?? '', 'datasets/occupancy', `${dataset}.csv`));
      const metrics = model.metrics[dataset];
      t.equal(rows.length, metrics?.rows);
      t.same(countMistakes(network, rows), {
        falsePositives: metrics?.falsePositives,
        falseNegatives: metrics?.falseNegatives,
      });
      network.close();
    });
  }
}

function runVectors(name: string, variant: string): { outputs: Float32Array; state: Float32Array } {
  const vectors = readReferenceVectors(folder, name);
  const image = buildNetworkImage(readReferenceModel(folder, name).description, { defaultTimeStep: 1 });
  const network = loadKernel(undefined, { variant }).open(image);
  const state = network.createState();
  state.values.set([...vectors.initialState, ...(vectors.initialMemory ?? [])]);
  const outputs = new Float32Array(vectors.steps * network.outputSize);
  const inputs = Float32Array.from(vectors.inputs.flat());
  network.stepSequence(state, inputs, Float32Array.from(vectors.timeSteps), outputs);
  network.close();
  return { outputs, state: state.values };
}

function bitsOf({ outputs, state }: { outputs: Float32Array; state: Float32Array }): number[][] {
  return [outputs, state].map((values) => Array.from(new Uint32Array(values.buffer)));
}

function largestDifference(actual: Float32Array, expected: readonly number[]): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  const differences = expected.map((value, i) => Math.abs(value - (actual[i] ?? Number.NaN)));
  return differences.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...differences);
}

interface Row {
  readonly timeMs: number;
  readonly inputs: readonly number[];
  readonly isOccupied: boolean;
}

function readRows(file: string): Row[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => {
    const [time = '', ...fields] = line.split(',');
    const numbers = fields.map(Number);
    return { timeMs: Date.parse(`${time}Z`), inputs: numbers.slice(0, 4), isOccupied: numbers[5] === 1 };
  });
}

/** Streams the rows through the network, time steps in minutes, 1 for the first. */
function countMistakes(network: KernelNetwork, rows: readonly Row[]) {
  const state = network.createState();
  const output = new Float32Array(network.outputSize);
  let [falsePositives, falseNegatives] = [0, 0];
  for (const [i, row] of rows.entries()) {
    const before = rows[i - 1];
    const minutes = before === undefined ? 1 : (row.timeMs - before.timeMs) / 60_000;
    network.step(state, Float32Array.from(row.inputs), minutes, output);
    const saysOccupied = (output[1] ?? 0) > (output[0] ?? 0);
    if (saysOccupied && !row.isOccupied) falsePositives += 1;
    if (!saysOccupied && row.isOccupied) falseNegatives += 1;
  }
  return { falsePositives, falseNegatives };
}
