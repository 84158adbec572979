import { confidenceRanks, describeSamples, describeSketch, mergeSketches, seededRandom } from '@liquid-lln/protocol';
import t from 'tap';

const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

t.test('samples are described by exact figures', async (t) => {
  const found = describeSamples([...hundred].reverse());
  t.match(found, { count: 100, mean: 50.5, min: 1, max: 100 });
  t.equal(found?.quantiles.find(({ q }) => q === 0.5)?.value, 50);
  t.equal(found?.quantiles.find(({ q }) => q === 0.99)?.value, 99);
  t.equal(Math.round((found?.deviation ?? 0) * 1_000), 29_011);
  t.equal(describeSamples([]), null, 'nothing has no figures');
});

t.test('the ranks about a median are those of the tables', async (t) => {
  // Binomial, p = 1/2: P(X <= 39) = 0.0176 and P(X <= 40) = 0.0284 of 100; P(X <= 59) = 0.9716, P(X <= 60) = 0.9824.
  t.same(confidenceRanks(100, 0.5), { low: 40, high: 61 });
  t.same(confidenceRanks(100, 0.99), { low: 97, high: null }, 'nothing bounds it from above');
  t.same(confidenceRanks(1, 0.5), { low: null, high: null });
  const { low, high } = confidenceRanks(100_000, 0.5);
  t.ok(low !== null && high !== null && low > 49_600 && high < 50_400, 'many samples do not underflow');
});

t.test('the intervals hold the true quantile about as often as they say', async (t) => {
  const random = seededRandom(7);
  let held = 0;
  for (let round = 0; round < 400; round += 1) {
    const found = describeSamples(Array.from({ length: 200 }, random));
    const p90 = found?.quantiles.find(({ q }) => q === 0.9);
    if ((p90?.low ?? 0) <= 0.9 && 0.9 <= (p90?.high ?? 1)) held += 1;
  }
  t.ok(held >= 0.93 * 400, `${held} of 400`);
});

t.test('blocks keep the order of the samples', async (t) => {
  const drifting = Array.from({ length: 1_000 }, (_, index) => index);
  const blocks = describeSamples(drifting)?.blocks ?? [];
  t.equal(blocks.length, 100);
  t.same(
    blocks,
    [...blocks].sort((a, b) => a - b),
  );
  t.equal(blocks[0], 4.5);
});

t.test('devices are merged by their sketches', async (t) => {
  const sketches = [hundred, hundred.map((value) => value + 100)].flatMap((samples) => {
    return describeSamples(samples)?.sketch ?? [];
  });
  const median = describeSketch(mergeSketches(sketches)).find(({ q }) => q === 0.5);
  t.ok(Math.abs((median?.value ?? 0) - 100) <= 2);
  t.same(describeSketch(mergeSketches([])), []);
});
