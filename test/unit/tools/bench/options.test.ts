import { type Bench, parseBenchOptions } from '@liquid-lln/tools';
import t from 'tap';

const bench: Bench = {
  name: 'kernel',
  summary: 'times',
  cases: ['small', 'large'],
  run: async () => ({ figures: [], missing: [], text: '' }),
};

t.test('a bench is named, its cases may be', async (t) => {
  t.same(parseBenchOptions(['kernel'], [bench]), { bench, isJson: false, cases: [] });
  const args = ['kernel', '--json', '--case', 'small', '--case', 'large'];
  t.same(parseBenchOptions(args, [bench]), { bench, isJson: true, cases: ['small', 'large'] });
});

t.test('what does not exist is refused by name', async (t) => {
  t.throws(() => parseBenchOptions([], [bench]), /name one bench/);
  t.throws(() => parseBenchOptions(['kernel', 'fleet'], [bench]), /name one bench/);
  t.throws(() => parseBenchOptions(['fleet'], [bench]), /no bench "fleet"/);
  t.throws(() => parseBenchOptions(['kernel', '--case', 'huge'], [bench]), /no case "huge"/);
  t.throws(() => parseBenchOptions(['kernel', '--fast'], [bench]), /--fast/);
});
