import { loadKernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage } from '@liquid-lln/protocol';
import { type Contestant, differenceOf, plainJs, randomCfc, randomSeries, requireSameAnswers } from '@liquid-lln/tools';
import t from 'tap';

t.test('the difference is relative for large values, absolute for small ones', async (t) => {
  t.equal(differenceOf(Float32Array.of(0.5, 100), Float32Array.of(0.25, 101)), 0.25);
  t.equal(differenceOf(Float32Array.of(200), Float32Array.of(100)), 0.5);
});

t.test('what is not a number, or not there, is as different as can be', async (t) => {
  t.equal(differenceOf(Float32Array.of(1), Float32Array.of(Number.NaN)), Number.POSITIVE_INFINITY);
  t.equal(differenceOf(Float32Array.of(1, 2), Float32Array.of(1)), Number.POSITIVE_INFINITY);
});

t.test('a contestant that computes something else is refused by name', async (t) => {
  const answering = (name: string, ...values: number[]): Contestant => ({
    name,
    stepsPerCall: 1,
    run: () => {},
    answer: () => Float32Array.of(...values),
    close: () => {},
  });
  await t.resolves(requireSameAnswers([answering('a', 1, 2), answering('b', 1.00001, 2)]));
  await t.rejects(requireSameAnswers([answering('a', 1, 2), answering('b', 1, 2.1)]), /b differs from a/);
});

t.test('plain JavaScript computes what the kernel does', async (t) => {
  const description = randomCfc({ inputs: 4, units: 13, backbone: 21 }, 9);
  const series = randomSeries(4, 9, null);
  const network = loadKernel().open(buildNetworkImage(description, { defaultTimeStep: 1 }));
  const state = network.createState();
  const outputs = new Float32Array(series.rows.length * network.outputSize);
  const inputs = Float32Array.from(series.rows.flatMap((row) => [...row]));
  network.stepSequence(state, inputs, series.timeSteps, outputs);
  const answer = await plainJs('plain-js', description, series).answer();
  const difference = differenceOf(outputs, answer);
  t.ok(difference < 1e-5, `they differ by ${difference}`);
});
