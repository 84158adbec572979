import { OutputGuard } from '@liquid-lln/agent/testing';
import { makeOutputProfile, type Random, seededRandom } from '@liquid-lln/protocol';
import t from 'tap';

const sizes = { inputSize: 1, outputSize: 2 };
const range: [number, number] = [-1, 1];

/** Inputs from the whole of their range, and what a network makes of them. */
function run(random: Random, steps: number, shift = 0) {
  const inputs = Float32Array.from({ length: steps }, () => 2 * random() - 1);
  const outputs = new Float32Array(steps * 2);
  for (const [step, input] of inputs.entries()) outputs.set([Math.tanh(input + shift), -0.5 * input], step * 2);
  return { inputs, outputs };
}

const profile = makeOutputProfile({ ...run(seededRandom(1), 4_096), ...sizes, range });

function guardOf(hasProfile = true): OutputGuard {
  const manifest = { network: sizes, outputs: { range } };
  return new OutputGuard(hasProfile ? { ...manifest, outputProfile: profile } : manifest);
}

function answerOf({ inputs, outputs }: ReturnType<typeof run>, isStateful = true) {
  return { inputs, outputs, steps: inputs.length, isStateful, isAllFinite: true };
}

t.test('a package that does what it did over validation data drifts as little as that', async (t) => {
  for (let seed = 2; seed <= 30; seed += 1) {
    const guard = guardOf();
    guard.add(answerOf(run(seededRandom(seed), 512)));
    const { blockSteps, drift, saturation, stuckSteps, hasNeverChanged } = guard.figures;
    t.match({ blockSteps, stuckSteps, hasNeverChanged }, { blockSteps: 256, stuckSteps: 0, hasNeverChanged: false });
    t.ok((drift ?? 1) <= profile.limits.driftMax + 0.1, `seed ${seed}: ${drift}`);
    t.equal(saturation, 0);
  }
});

t.test('outputs that moved away are far from the profile, and those at an end of the range saturated', async (t) => {
  const guard = guardOf();
  guard.add(answerOf(run(seededRandom(2), 256, 5)));
  t.ok((guard.figures.drift ?? 0) > 0.9);
  t.equal(guard.figures.saturation, 1);
});

t.test('before a block is full it says nothing', async (t) => {
  const guard = guardOf();
  guard.add(answerOf(run(seededRandom(2), 255, 5)));
  t.match(guard.figures, { blockSteps: 0, drift: null, saturation: null });
});

t.test(
  'answers from the initial state have no place in the distribution; without a profile there is no drift',
  async (t) => {
    const stateless = guardOf();
    stateless.add(answerOf(run(seededRandom(2), 512, 5), false));
    t.match(stateless.figures, { blockSteps: 0, hasNeverChanged: false });
    const plain = guardOf(false);
    plain.add(answerOf(run(seededRandom(2), 256, 5)));
    t.match(plain.figures, { drift: null, saturation: 1 });
  },
);

t.test('outputs are stuck only while inputs vary', async (t) => {
  const guard = guardOf();
  const outputs = Float32Array.of(0.25, 0.5);
  const give = (input: number) =>
    guard.add({ inputs: Float32Array.of(input), outputs, steps: 1, isStateful: false, isAllFinite: true });
  for (let step = 0; step < 100; step += 1) give(1);
  t.match(guard.figures, { stuckSteps: 0, hasNeverChanged: true });
  for (let step = 0; step < 100; step += 1) give(step);
  t.match(guard.figures, { hasNeverChanged: true });
  t.ok(guard.figures.stuckSteps >= 99);
  guard.add(answerOf(run(seededRandom(2), 1)));
  t.match(guard.figures, { stuckSteps: 0, hasNeverChanged: false });
});

t.test('B30: an answer that is not finite is an error, and leaves no trace in the distribution', async (t) => {
  const guard = guardOf();
  const outputs = new Float32Array(2 * 300).fill(Number.NaN);
  guard.add({ inputs: new Float32Array(300), outputs, steps: 300, isStateful: true, isAllFinite: false });
  t.match(guard.figures, { blockSteps: 0, stuckSteps: 0, hasNeverChanged: true });
});

t.test('taking an answer allocates nothing', async (t) => {
  const guard = guardOf();
  const answer = { ...answerOf(run(seededRandom(2), 64)), steps: 64 };
  const take = (times: number) => {
    for (let time = 0; time < times; time += 1) guard.add(answer);
  };
  take(20_000);
  // Rounds so short that hardly one is collected within; the middle one, as the runtime allocates now and then as well.
  const bytesEach = Array.from({ length: 9 }, () => {
    const before = process.memoryUsage().heapUsed;
    take(2_000);
    return (process.memoryUsage().heapUsed - before) / 2_000;
  }).sort((a, b) => a - b);
  t.ok((bytesEach[4] ?? Infinity) < 12, `${bytesEach} bytes for an answer of 64 steps`);
});
