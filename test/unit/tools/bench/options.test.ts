import { type Bench, parseBenchOptions } from '@liquid-lln/tools';
import t from 'tap';

const bench: Bench = {
  name: 'kernel',
  summary: 'times',
  cases: ['small', 'large'],
  run: async () => ({ figures: [], missing: [], text: '' }),
};

t.test('a bench is named, its cases may be', async (t) => {
  t.same(parseBenchOptions(['kernel'], [bench]), { bench, isJson: false, cases: [], seconds: null });
  const args = ['kernel', '--json', '--case', 'small', '--case', 'large'];
  t.same(parseBenchOptions(args, [bench]), { bench, isJson: true, cases: ['small', 'large'], seconds: null });
  t.equal(parseBenchOptions(['kernel', '--seconds', '2.5'], [bench]).seconds, 2.5);
});

t.test('what does not exist is refused by name', async (t) => {
  t.throws(() => parseBenchOptions([], [bench]), /name one bench/);
  t.throws(() => parseBenchOptions(['kernel', 'fleet'], [bench]), /name one bench/);
  t.throws(() => parseBenchOptions(['fleet'], [bench]), /no bench "fleet"/);
  t.throws(() => parseBenchOptions(['kernel', '--case', 'huge'], [bench]), /no case "huge"/);
  for (const seconds of ['0', '-1', 'ten', '3601'])
    t.throws(() => parseBenchOptions(['kernel', `--seconds=${seconds}`], [bench]), /no duration/);
  t.throws(() => parseBenchOptions(['kernel', '--fast'], [bench]), /--fast/);
});
