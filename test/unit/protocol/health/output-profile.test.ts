import { decodePackage, encodePackage, makeOutputProfile, seededRandom } from '@liquid-lln/protocol';
import t from 'tap';
import { tinyImage, tinyManifest } from '../../../support/tiny-package.js';

const steps = 2_048;
const sizes = { inputSize: 1, outputSize: 2 };

function validationRun(seed = 1, range: [number, number] | null = [-1.5, 1.5]) {
  const random = seededRandom(seed);
  const inputs = Float32Array.from({ length: steps }, () => random());
  const outputs = Float32Array.from({ length: 2 * steps }, () => 2 * random() - 1);
  return { inputs, outputs, ...sizes, range };
}

t.test('each part between two deciles holds a tenth of the steps', async (t) => {
  for (let seed = 1; seed <= 20; seed += 1) {
    for (const { counts } of makeOutputProfile(validationRun(seed)).outputs) {
      t.equal(
        counts.reduce((sum, count) => sum + count, 0),
        steps,
      );
      t.ok(
        counts.every((count) => Math.abs(count - steps / 10) <= 1),
        `seed ${seed}: ${counts}`,
      );
    }
  }
});

t.test('outputs that are mostly one value are described as they are', async (t) => {
  const run = validationRun();
  run.outputs.fill(0.5);
  run.outputs[0] = -0;
  const profile = makeOutputProfile(run);
  t.same(profile.outputs[1]?.counts, [steps, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  t.ok(profile.limits.stuckStepsMax > steps / 2);
  t.match(profile.limits, { saturationMax: 0 });
  t.ok(profile.limits.driftMax < 0.01);
});

t.test('too little data, and data that the network cannot take, make no profile', async (t) => {
  const short = { ...validationRun(), outputs: new Float32Array(2 * 1_023) };
  t.throws(() => makeOutputProfile(short), { code: 'INPUT_INVALID' });
  const broken = validationRun();
  broken.outputs[77] = Number.NaN;
  t.throws(() => makeOutputProfile(broken), { code: 'INPUT_INVALID' });
});

t.test('a manifest keeps its profile to the bit, and one without it stays as it was', async (t) => {
  const image = tinyImage();
  const plain = tinyManifest();
  const outputProfile = makeOutputProfile(validationRun());
  const file = encodePackage({ ...plain, outputProfile }, image);
  t.same(decodePackage(file).manifest.outputProfile, outputProfile);
  t.equal(decodePackage(file).digest, decodePackage(encodePackage({ ...plain, outputProfile }, image)).digest);
  t.notOk('outputProfile' in decodePackage(encodePackage(plain, image)).manifest);
});

t.test("a profile that cannot be the package's is refused", async (t) => {
  const good = makeOutputProfile(validationRun());
  const [one, two] = good.outputs;
  if (one === undefined || two === undefined) throw new Error('the profile has two outputs');
  const bad = [
    { ...good, outputs: [one] },
    { ...good, outputs: [one, { ...two, cuts: [...two.cuts].reverse() }] },
    { ...good, outputs: [one, { ...two, counts: two.counts.map((count) => count + 1) }] },
    { ...good, steps: 100 },
    { ...good, limits: { ...good.limits, driftMax: 1.5 } },
    makeOutputProfile(validationRun(1, null)),
  ];
  for (const outputProfile of bad) {
    t.throws(() => encodePackage({ ...tinyManifest(), outputProfile }, tinyImage()), { code: 'MANIFEST_INVALID' });
  }
});
