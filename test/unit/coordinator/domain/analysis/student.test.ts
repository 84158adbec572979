import { studentQuantile, studentTail } from '@liquid-lln/coordinator';
import t from 'tap';

t.test("quantiles of Student's t are those of the tables", async (t) => {
  const table = [
    [0.025, 1, 12.7062],
    [0.025, 10, 2.22814],
    [0.005, 5, 4.03214],
    [0.0005, 30, 3.64596],
    [0.025, Number.POSITIVE_INFINITY, 1.95996],
  ] as const;
  for (const [tail, degrees, value] of table)
    t.ok(Math.abs(studentQuantile(tail, degrees) - value) < 2e-4, `${tail} of ${degrees} degrees`);
});

t.test(
  'a quantile has the tail that was asked for, also far out and for degrees that are no whole number',
  async (t) => {
    for (const tail of [0.5, 0.1, 1e-4, 1e-8]) {
      for (const degrees of [1.5, 8, 200])
        t.ok(Math.abs(studentTail(studentQuantile(tail, degrees), degrees) / tail - 1) < 1e-6, `${tail}, ${degrees}`);
    }
  },
);

t.test('without degrees of freedom nothing is known', async (t) => {
  t.equal(studentQuantile(0.01, 0), Number.POSITIVE_INFINITY);
  t.equal(studentQuantile(0, 10), Number.POSITIVE_INFINITY);
  t.equal(studentQuantile(0.01, Number.NaN), Number.POSITIVE_INFINITY);
});
