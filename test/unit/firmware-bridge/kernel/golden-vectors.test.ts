import { checkGoldenVectors, computeGoldenVector, loadKernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage, type GoldenVector } from '@liquid-lln/protocol';
import t from 'tap';
import { exampleNetwork } from '../../../support/example-networks.js';

const kernel = loadKernel();
const network = kernel.open(buildNetworkImage(exampleNetwork('cfc-wired'), { defaultTimeStep: 1 }));
t.teardown(() => network.close());

const inputs = Float32Array.from({ length: 3 * 4 }, (_, i) => Math.cos(i));
const vector = computeGoldenVector(network, inputs, Float32Array.of(1, 0.5, 2));

function flipBit(bytes: Uint8Array, at: number): Uint8Array {
  const changed = bytes.slice();
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

t.test('a golden vector holds steps, inputs, outputs and the final state', async (t) => {
  t.equal(vector.steps, 3);
  t.same([vector.inputs.length, vector.timeSteps.length], [48, 12]);
  t.same([vector.outputs.length, vector.stateFinal.length], [36, 72]);
});

t.test('what was computed checks, again and again', async (t) => {
  t.doesNotThrow(() => checkGoldenVectors(network, [vector, vector]));
});

t.test('bytes that lie at an odd place in memory are read all the same', async (t) => {
  const shifted = (bytes: Uint8Array) => new Uint8Array([0, ...bytes]).subarray(1);
  const moved: GoldenVector = { ...vector, inputs: shifted(vector.inputs), outputs: shifted(vector.outputs) };
  t.doesNotThrow(() => checkGoldenVectors(network, [moved]));
});

t.test('one bit of one output is noticed, with its place and both patterns', async (t) => {
  const wrong = { ...vector, outputs: flipBit(vector.outputs, 4 * 4) };
  t.throws(() => checkGoldenVectors(network, [vector, wrong]), {
    code: 'GOLDEN_VECTORS_FAILED',
    message: /golden vector 1: output 1 of step 1 has the bits 0x[0-9a-f]{8} instead of 0x[0-9a-f]{8}/,
  });
});

t.test('one bit of the final state is noticed', async (t) => {
  const wrong = { ...vector, stateFinal: flipBit(vector.stateFinal, 68) };
  t.throws(() => checkGoldenVectors(network, [wrong]), {
    code: 'GOLDEN_VECTORS_FAILED',
    message: /value 17 of the final state/,
  });
});

t.test('a vector of another size is refused', async (t) => {
  const wrong = { ...vector, stateFinal: vector.stateFinal.subarray(4) };
  t.throws(() => checkGoldenVectors(network, [wrong]), { code: 'GOLDEN_VECTORS_FAILED', message: /68 bytes/ });
});
