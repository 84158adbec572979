import {
  emptySketch,
  mean,
  mergeSketches,
  quantile,
  relativeError,
  type Sketch,
  SketchBuilder,
  seededRandom,
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
