import { medianOf, ratiosOf, slopeOf, summarize } from '@liquid-lln/tools';
import t from 'tap';

t.test('the median is the middle, whatever the order', async (t) => {
  t.equal(medianOf([9, 1, 5]), 5);
  t.equal(medianOf([4, 1, 3, 2]), 2.5);
  t.equal(medianOf([7]), 7);
  t.throws(() => medianOf([]), /nothing/);
});

t.test('one bad round moves the extremes, not the median', async (t) => {
  t.same(summarize([10, 11, 12, 500, 10]), { median: 11, min: 10, max: 500 });
});

t.test('ratios compare round with round', async (t) => {
  t.same(ratiosOf([10, 40, 12], [5, 20, 4]), [2, 2, 3]);
  t.throws(() => ratiosOf([1, 2], [1]), /2 rounds/);
});

t.test('a slope is that of the line of least squares, and needs two places', async (t) => {
  t.equal(
    slopeOf([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
    2,
  );
  t.equal(
    slopeOf([
      [0, 1],
      [1, 0],
      [2, 1],
      [3, 0],
    ]),
    -0.2,
  );
  t.throws(() =>
    slopeOf([
      [1, 1],
      [1, 2],
    ]),
  );
  t.throws(() => slopeOf([]));
});
