import { randomSeries, sessionRows } from '@liquid-lln/tools';
import t from 'tap';

t.test('a seed gives the same series again', async (t) => {
  t.same(randomSeries(3, 4, null), randomSeries(3, 4, null));
  t.notSame(randomSeries(3, 4, null), randomSeries(3, 5, null));
});

t.test('values lie about what is usual', async (t) => {
  const { rows, timeSteps } = randomSeries(2, 1, { mean: Float32Array.of(20, 500), std: Float32Array.of(1, 100) });
  t.ok(rows.every(([a = 0, b = 0]) => Math.abs(a - 20) <= 1 && Math.abs(b - 500) <= 100));
  t.ok(timeSteps.every((timeStep) => timeStep > 0));
});

t.test('sessions begin at different places of one series', async (t) => {
  const series = { ...randomSeries(2, 1, null), sessions: 3 };
  const [first] = sessionRows(series);
  t.same(
    [...(first ?? [])],
    series.rows.slice(0, 3).flatMap((row) => [...row]),
  );
});
