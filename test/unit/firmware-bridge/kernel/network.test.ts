import { type KernelNetwork, loadKernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage } from '@liquid-lln/protocol';
import t from 'tap';
import { exampleNetwork, exampleNetworks } from '../../../support/example-networks.js';

const kernel = loadKernel();
const open = (name: string) => kernel.open(buildNetworkImage(exampleNetwork(name), { defaultTimeStep: 1 }));
const canonicalNan = 0x7fc00000;

/** Inputs and time steps that are not all alike. */
function sequenceFor(network: KernelNetwork, steps: number) {
  const inputs = Float32Array.from({ length: steps * network.inputSize }, (_, i) => Math.sin(i));
  const timeSteps = Float32Array.from({ length: steps }, (_, i) => 0.25 + (i % 5));
  return { inputs, timeSteps, outputs: new Float32Array(steps * network.outputSize) };
}

function bits(values: Float32Array): number[] {
  return Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length));
}

t.test('a network tells its sizes', async (t) => {
  const network = open('cfc-pure-memory');
  const { inputSize, outputSize, units, hasMemory } = network;
  t.same({ inputSize, outputSize, units, hasMemory }, { inputSize: 2, outputSize: 5, units: 5, hasMemory: true });
  t.equal(network.createState().values.length, 10);
  t.ok(network.macsPerStep > 0);
  network.close();
});

for (const { name } of exampleNetworks()) {
  t.test(`${name}: a sequence gives the bits of its single steps`, async (t) => {
    const network = open(name);
    const { inputs, timeSteps, outputs } = sequenceFor(network, 20);
    const state = network.createState();
    network.stepSequence(state, inputs, timeSteps, outputs);
    const single = network.createState();
    const output = new Float32Array(network.outputSize);
    for (const [i, timeStep] of timeSteps.entries()) {
      network.step(single, inputs.slice(i * network.inputSize, (i + 1) * network.inputSize), timeStep, output);
      t.same(bits(output), bits(outputs.slice(i * network.outputSize, (i + 1) * network.outputSize)));
    }
    t.same(bits(single.values), bits(state.values));
    t.ok(
      outputs.every((value) => Number.isFinite(value)),
      'finite',
    );
    network.close();
  });

  t.test(`${name}: every build of the kernel gives the same bits`, async (t) => {
    const image = buildNetworkImage(exampleNetwork(name), { defaultTimeStep: 1 });
    const results = kernel.variants.map((variant) => {
      const network = loadKernel(undefined, { variant }).open(image);
      const { inputs, timeSteps, outputs } = sequenceFor(network, 50);
      network.stepSequence(network.createState(), inputs, timeSteps, outputs);
      network.close();
      return bits(outputs);
    });
    for (const result of results) t.same(result, results[0]);
  });

  t.test(`${name}: a NaN that leaves the kernel is canonical`, async (t) => {
    const network = open(name);
    const state = network.createState();
    new Uint32Array(state.values.buffer).fill(0xffc12345);
    const { inputs, timeSteps, outputs } = sequenceFor(network, 2);
    network.stepSequence(state, inputs, timeSteps, outputs);
    const all = [...bits(outputs), ...bits(state.values)];
    const isNan = (word: number) => (word & 0x7fffffff) > 0x7f800000;
    t.ok(all.some(isNan), 'the NaN of the state comes through');
    t.same(new Set(all.filter(isNan)), new Set([canonicalNan]));
    network.close();
  });
}

t.test('states of one network are independent, and reset to the initial state', async (t) => {
  const network = open('gru');
  const { inputs, timeSteps, outputs } = sequenceFor(network, 10);
  const [one, other] = [network.createState(), network.createState()];
  network.stepSequence(one, inputs, timeSteps, outputs);
  const first = bits(outputs);
  t.same(bits(other.values), new Array(12).fill(0));
  one.reset();
  network.stepSequence(one, inputs, timeSteps, outputs);
  t.same(bits(outputs), first);
  network.close();
});

t.test('the caller may reuse the memory of the image', async (t) => {
  const image = buildNetworkImage(exampleNetwork('gru'), { defaultTimeStep: 1 });
  const network = kernel.open(image);
  const { inputs, timeSteps, outputs } = sequenceFor(network, 5);
  network.stepSequence(network.createState(), inputs, timeSteps, outputs);
  const before = bits(outputs);
  image.fill(0xff);
  network.stepSequence(network.createState(), inputs, timeSteps, outputs);
  t.same(bits(outputs), before);
  network.close();
});

t.test('images, inputs, states and outputs may be parts of larger arrays', async (t) => {
  const image = buildNetworkImage(exampleNetwork('gru'), { defaultTimeStep: 1 });
  const network = kernel.open(new Uint8Array([...new Uint8Array(7), ...image]).subarray(7));
  const { inputs, timeSteps, outputs } = sequenceFor(network, 5);
  network.stepSequence(network.createState(), inputs, timeSteps, outputs);
  const around = { state: new Float32Array(14), outputs: new Float32Array(12) };
  const state = { values: around.state.subarray(1, 13), reset: () => undefined };
  const shiftedInputs = new Float32Array([9, 9, 9, ...inputs]).subarray(3);
  network.stepSequence(state, shiftedInputs, timeSteps, around.outputs.subarray(1, 11));
  t.same(bits(around.outputs.subarray(1, 11)), bits(outputs));
  t.same([around.outputs[0], around.outputs[11], around.state[0], around.state[13]], [0, 0, 0, 0]);
  network.close();
});

t.test('an LTC over no time stands still; over a long time it stays finite', async (t) => {
  const network = open('ltc-mapped');
  const state = network.createState();
  state.values.fill(0.25);
  const output = new Float32Array(network.outputSize);
  for (const timeStep of [0, 1e-38, 1e-31]) {
    network.step(state, new Float32Array(4).fill(1), timeStep, output);
    t.ok(state.values.every((value) => value === 0.25));
  }
  network.step(state, new Float32Array(4).fill(1), 1e30, output);
  t.ok(output.every(Number.isFinite));
  network.close();
});

t.test('an input that is not finite is refused by its place, and nothing changes', async (t) => {
  const network = open('gru');
  const state = network.createState();
  const { inputs, timeSteps, outputs } = sequenceFor(network, 3);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    inputs[6] = value;
    t.throws(() => network.stepSequence(state, inputs, timeSteps, outputs), {
      code: 'INPUT_INVALID',
      context: { step: 1, index: 2 },
    });
  }
  t.same(bits(state.values), new Array(12).fill(0));
  t.same(bits(outputs), new Array(6).fill(0));
  network.close();
});

t.test('a time step that is negative or not finite is refused', async (t) => {
  const network = open('gru');
  const output = new Float32Array(2);
  for (const timeStep of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    const step = () => network.step(network.createState(), new Float32Array(4), timeStep, output);
    t.throws(step, { code: 'INPUT_INVALID', context: { step: 0 } });
  }
  network.close();
});

t.test('arrays of another length never reach the kernel', async (t) => {
  const network = open('gru');
  const state = network.createState();
  const [input, output] = [new Float32Array(4), new Float32Array(2)];
  const foreign = { values: new Float32Array(5), reset: () => undefined };
  t.throws(() => network.step(state, new Float32Array(3), 1, output), { code: 'INPUT_INVALID' });
  t.throws(() => network.step(state, input, 1, new Float32Array(1)), { code: 'INPUT_INVALID' });
  t.throws(() => network.step(foreign, input, 1, output), { code: 'INPUT_INVALID' });
  t.throws(() => network.stepSequence(state, input, new Float32Array(2), output), { code: 'INPUT_INVALID' });
  t.doesNotThrow(() => network.stepSequence(state, new Float32Array(), new Float32Array(), new Float32Array()));
  network.close();
});

t.test('a closed network refuses to run, and closing twice is harmless', async (t) => {
  const network = open('gru');
  const state = network.createState();
  network.close();
  network.close();
  t.throws(() => network.step(state, new Float32Array(4), 1, new Float32Array(2)), {
    code: 'KERNEL_FAILED',
    message: /closed/,
  });
});

t.test('a kernel that is not there, or not for this processor, says what to do', async (t) => {
  t.throws(() => loadKernel('/nowhere/liblln.so'), { code: 'KERNEL_UNAVAILABLE', remedy: /npm run setup/ });
  t.throws(() => loadKernel(undefined, { variant: 'vax' }), { code: 'KERNEL_UNAVAILABLE', message: /vax/ });
});
