import { type KernelNetwork, loadKernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage } from '@liquid-lln/protocol';
import t from 'tap';
import { exampleNetwork, exampleNetworks } from '../../../support/example-networks.js';

/** Whole tiles of every build, and a part of one. */
const sessions = 37;
const steps = 5;
const { variants } = loadKernel();

for (const variant of variants) {
  for (const { name, network: description } of exampleNetworks()) {
    t.test(`${variant} steps ${sessions} sessions of ${name} with the bits of each alone`, async (t) => {
      const network = loadKernel(undefined, { variant }).open(buildNetworkImage(description, { defaultTimeStep: 1 }));
      t.teardown(() => network.close());
      const batch = network.createBatch(sessions);
      fill(batch.values, Math.sin);
      const alone = batch.sessions.map(({ values }) => ({ ...network.createState(), values: values.slice() }));
      for (let step = 0; step < steps; step++) {
        const { inputs, timeSteps } = rowsOf(network, step);
        const outputs = new Float32Array(sessions * network.outputSize);
        network.stepBatch(batch, inputs, timeSteps, outputs);
        const expected = new Float32Array(outputs.length);
        for (const [i, state] of alone.entries()) {
          const [input, output] = [rowOf(inputs, i, network.inputSize), rowOf(expected, i, network.outputSize)];
          network.step(state, input, timeSteps[i] ?? 0, output);
        }
        t.same(bitsOf(outputs), bitsOf(expected), `outputs of step ${step}`);
      }
      t.same(
        batch.sessions.map(({ values }) => bitsOf(values)),
        alone.map(({ values }) => bitsOf(values)),
      );
    });
  }
}

t.test('a batch refuses what a step refuses, naming the session, and changes nothing', async (t) => {
  const network = loadKernel().open(buildNetworkImage(exampleNetwork('gru'), { defaultTimeStep: 1 }));
  const batch = network.createBatch(3);
  const outputs = new Float32Array(3 * network.outputSize);
  const inputs = new Float32Array(3 * network.inputSize);
  t.throws(() => network.stepBatch(batch, inputs, Float32Array.of(1, 1), outputs), { code: 'INPUT_INVALID' });
  t.throws(() => network.stepBatch(batch, inputs, Float32Array.of(1, 1, -1), outputs), {
    message: /time step 2 is -1/,
  });
  inputs[network.inputSize] = Number.NaN;
  t.throws(() => network.stepBatch(batch, inputs, Float32Array.of(1, 1, 1), outputs), { message: /input 0 of step 1/ });
  t.same(batch.values, network.createBatch(3).values);
  network.stepBatch(network.createBatch(0), new Float32Array(), new Float32Array(), new Float32Array());
  network.close();
});

/** A third of the sessions stand still. */
function rowsOf(network: KernelNetwork, step: number) {
  const inputs = new Float32Array(sessions * network.inputSize);
  fill(inputs, (i) => Math.cos(i * 3 + step));
  return { inputs, timeSteps: Float32Array.from({ length: sessions }, (_, i) => ((i + step) % 3) * 0.7) };
}

function fill(values: Float32Array, at: (i: number) => number): void {
  for (let i = 0; i < values.length; i++) values[i] = at(i);
}

function rowOf(values: Float32Array, row: number, size: number): Float32Array {
  return values.subarray(row * size, (row + 1) * size);
}

function bitsOf(values: Float32Array): number[] {
  return Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length));
}
