import {
  binomialTail,
  evidenceLevels,
  isMeanBeyondChance,
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

/** The tail by its definition, with whole numbers: p is `hundredths` / 100. */
function exactTail(successes: number, trials: number, hundredths: number): number {
  let [sum, ways] = [0n, 1n];
  for (let k = 0; k <= trials; k += 1) {
    if (k > 0) ways = (ways * BigInt(trials - k + 1)) / BigInt(k);
    if (k >= successes) sum += ways * BigInt(hundredths) ** BigInt(k) * BigInt(100 - hundredths) ** BigInt(trials - k);
  }
  const digits = 10n ** 40n;
  return Number((sum * digits) / 100n ** BigInt(trials)) / 1e40;
}

t.test('the binomial tail is that of its definition, over all of its range', async (t) => {
  for (const trials of [1, 2, 5, 12, 50, 150, 400]) {
    for (const hundredths of [1, 5, 10, 50, 99]) {
      for (const successes of [0, 1, 2, Math.ceil(trials / 10), Math.ceil(trials / 2), trials, trials + 1]) {
        const expected = exactTail(successes, trials, hundredths);
        const found = binomialTail(successes, trials, hundredths / 100);
        const isClose = Math.abs(found - expected) <= 1e-8 * expected + 1e-30;
        t.ok(isClose, `${successes} of ${trials} at ${hundredths} %: ${found} for ${expected}`);
      }
    }
  }
});

t.test('the binomial tail is a chance, and falls with every further success, at any size', async (t) => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = seededRandom(seed);
    const trials = 1 + Math.floor(10 ** (6 * random()));
    const successes = Math.floor(trials * random() ** 3);
    const p = random() ** 4;
    const [tail, next] = [binomialTail(successes, trials, p), binomialTail(successes + 1, trials, p)];
    t.ok(tail >= 0 && tail <= 1 && next <= tail + 1e-9, `seed ${seed}: ${successes} of ${trials}: ${tail}, ${next}`);
  }
});

t.test('at the ends of probability nothing is by chance, or everything', async (t) => {
  t.equal(binomialTail(1, 10, 0), 0);
  t.equal(binomialTail(10, 10, 1), 1);
});

t.test('one stall among many moments is no slow package, however long it was', async (t) => {
  for (const stallUs of [1e4, 1e6, 1e9]) {
    const sketch = sketchOf([...Array<number>(60).fill(900), stallUs]);
    t.notOk(isMeanBeyondChance(sketch, 1_000, evidenceLevels.alert), `${stallUs} us`);
  }
});

t.test('a shift is seen through a heavy tail, and so is a slow share of a fast package', async (t) => {
  const random = seededRandom(3);
  const tailed = Array.from({ length: 300 }, () => 1_300 * (1 - random()) ** -0.6);
  t.ok(isMeanBeyondChance(sketchOf(tailed), 1_000, evidenceLevels.rollback));
  const mixed = Array.from({ length: 1_000 }, (_, index) => (index % 5 === 0 ? 5_000 : 900));
  t.ok(isMeanBeyondChance(sketchOf(mixed), 1_000, evidenceLevels.rollback));
});

t.test('the fewer moments there are, the more has to be seen in them', async (t) => {
  // Half of them ten deviations above: enough of a long series, too little of a short one.
  const seriesOf = (length: number) => sketchOf(Array.from({ length }, (_, index) => (index % 2 === 0 ? 900 : 1_600)));
  t.notOk(isMeanBeyondChance(seriesOf(10), 1_000, evidenceLevels.alert));
  t.ok(isMeanBeyondChance(seriesOf(100), 1_000, evidenceLevels.rollback));
});

t.test('noise about the end of what is healthy is not found guilty, whatever its shape', async (t) => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = seededRandom(seed);
    const shapes = [() => random(), () => -Math.log(1 - random()) / 2, () => (random() < 0.02 ? 25 : 0.01)];
    const shape = shapes[seed % 3] ?? random;
    const batches = sketchOf(Array.from({ length: 60 }, () => 1_000 * (0.5 + shape())));
    t.notOk(isMeanBeyondChance(batches, 1_010, evidenceLevels.alert), `seed ${seed}`);
  }
});

t.test("thirty moments are held against Student's t, not against a normal distribution", async (t) => {
  // Two far below: the sign test says nothing. The quantile of t with 29 degrees at one in a thousand million is 8.556.
  const batches = [...Array<number>(28).fill(1_000), 100, 100];
  const mean = batches.reduce((sum, value) => sum + value, 0) / 30;
  const squares = batches.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardError = Math.sqrt(squares / 29 / 30);
  const isFoundAt = (errors: number) =>
    isMeanBeyondChance(sketchOf(batches), mean - errors * standardError, evidenceLevels.rollback);
  t.notOk(isFoundAt(8.3));
  t.ok(isFoundAt(8.8));
});

t.test('nothing shows nothing', async (t) => {
  t.notOk(isMeanBeyondChance(sketchOf([]), 0, evidenceLevels.alert));
});
