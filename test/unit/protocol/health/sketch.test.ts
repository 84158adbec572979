import {
  countAbove,
  emptySketch,
  mean,
  mergeSketches,
  quantile,
  relativeError,
  type Sketch,
  SketchBuilder,
  satisfies,
  seededRandom,
  sketchSchema,
  standardErrorOfMean,
} from '@liquid-lln/protocol';
import t from 'tap';

function sketchOf(values: Iterable<number>): Sketch {
  const builder = new SketchBuilder();
  for (const value of values) builder.add(value);
  return builder.build();
}

/** Log-normal values over four decades: the shape of latencies. */
function samples(seed: number, length: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length }, () => 10 ** (random() * 4));
}

t.test('quantiles keep the promised relative error', async (t) => {
  const values = samples(1, 10_000);
  const sorted = [...values].sort((a, b) => a - b);
  const sketch = sketchOf(values);
  for (const q of [0, 0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
    const exact = sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
    const found = quantile(sketch, q) ?? 0;
    t.ok(Math.abs(found - exact) <= exact * relativeError * 1.0001, `q${q}: ${found} for ${exact}`);
  }
});

t.test('merging loses nothing', async (t) => {
  const [a, b] = [samples(2, 500), samples(3, 700)];
  const merged = mergeSketches([sketchOf(a), sketchOf(b), emptySketch]);
  const together = sketchOf([...a, ...b]);
  t.same(merged.buckets, together.buckets);
  t.equal(merged.count, 1_200);
  t.equal(merged.max, together.max);
  t.ok(Math.abs((mean(merged) ?? 0) - (mean(together) ?? 0)) < 1e-9 * (mean(together) ?? 1));
});

t.test('zeros count, and an empty sketch says nothing', async (t) => {
  const sketch = sketchOf([0, 0, 0, 10]);
  t.equal(quantile(sketch, 0.5), 0);
  t.equal(mean(sketch), 2.5);
  t.equal(quantile(emptySketch, 0.5), null);
  t.equal(mean(emptySketch), null);
});

t.test('values beyond the range stay bounded in buckets', async (t) => {
  const sketch = sketchOf([1e-300, 1e300, Number.MIN_VALUE]);
  t.equal(sketch.count, 3);
  t.ok(sketch.buckets.every(([index]) => Math.abs(index) < 1_100));
});

t.test('merged in any order and grouping, sketches of parts are the sketch of the whole', async (t) => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = seededRandom(seed);
    const parts = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, part) =>
      samples(seed * 10 + part, Math.floor(random() * 200)).concat(random() < 0.3 ? [0, 1e-12, 1e12] : []),
    );
    const whole = sketchOf(parts.flat());
    const forwards = mergeSketches(parts.map(sketchOf));
    const backwards = mergeSketches([...parts].reverse().map(sketchOf));
    const half = parts.length >> 1;
    const grouped = mergeSketches([
      mergeSketches(parts.slice(0, half).map(sketchOf)),
      mergeSketches(parts.slice(half).map(sketchOf)),
    ]);
    for (const merged of [forwards, backwards, grouped]) {
      const sumError = Math.abs(merged.sum - whole.sum);
      t.same({ ...merged, sum: 0 }, { ...whole, sum: 0 }, `seed ${seed}`);
      t.ok(sumError <= 1e-12 * whole.sum, `seed ${seed}: the sums differ by ${sumError}`);
      t.ok(satisfies(sketchSchema, merged), `seed ${seed}: it may travel`);
    }
  }
});

t.test('quantiles of what was merged keep the promised error', async (t) => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const parts = [samples(seed, 300), samples(seed + 1_000, 500)];
    const sorted = parts.flat().sort((a, b) => a - b);
    const merged = mergeSketches(parts.map(sketchOf));
    for (const q of [0.05, 0.5, 0.95, 0.99]) {
      const exact = sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
      const found = quantile(merged, q) ?? 0;
      t.ok(Math.abs(found - exact) <= exact * relativeError * 1.0001, `seed ${seed}, q${q}: ${found} for ${exact}`);
    }
  }
});

t.test('B30: what is no finite number of zero or more is no sample, and never a zero', async (t) => {
  const builder = new SketchBuilder();
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1]) {
    t.notOk(builder.add(value), String(value));
  }
  t.same(builder.build(), emptySketch);
});

t.test('a sketch whose buckets do not add up, or do not ascend, is refused', async (t) => {
  const good = sketchOf([1, 2, 3]);
  t.ok(satisfies(sketchSchema, good));
  t.notOk(satisfies(sketchSchema, { ...good, count: 4 }));
  t.notOk(satisfies(sketchSchema, { ...good, buckets: [...good.buckets].reverse() }));
  t.notOk(satisfies(sketchSchema, { ...good, count: 4, buckets: [[-5_000, 1], ...good.buckets] }));
  const odd = [[[1, 3, 0]], [[1]], [[1.5, 3]], [['1', 3]], [[1, -3]], [[1, 3.5]], [null], {}, '', null];
  for (const buckets of odd) t.notOk(satisfies(sketchSchema, { ...good, buckets }), JSON.stringify(buckets));
  const tooMany = Array.from({ length: 10_000 }, () => [1, 0]);
  t.notOk(satisfies(sketchSchema, { ...good, buckets: [...tooMany, ...good.buckets] }));
});

t.test('spread and share above are those of the samples, within the width of a bucket', async (t) => {
  const values = samples(7, 2_000);
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (values.length - 1);
  const exact = Math.sqrt(variance / values.length);
  const sketch = sketchOf(values);
  t.ok(Math.abs(standardErrorOfMean(sketch) - exact) < 0.03 * exact);
  t.equal(standardErrorOfMean(sketchOf([5])), Infinity);
  t.ok(standardErrorOfMean(sketchOf([5, 5, 5])) < 1e-9, 'no spread is none');
  const above = countAbove(sketch, 100);
  t.ok(above <= values.filter((value) => value > 100).length);
  t.ok(above >= values.filter((value) => value > 102.1).length);
});
