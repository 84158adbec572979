import { parseAccuracy } from '@liquid-lln/tools';
import t from 'tap';

const line =
  'gelu inputs 4206629 max-ulp 1.746 max-ulp-at -0.940360248 limit 2.35 nearest-share 0.9709 wrong-specials 0\n';

t.test('a line of the C program is read by its words', async (t) => {
  t.same(parseAccuracy('gelu', `gelu-special inputs 8 wrong 0\nexp inputs 1\n${line}`), {
    inputs: 4_206_629,
    maxUlp: 1.746,
    maxUlpAt: -0.940360248,
    nearestShare: 0.9709,
    wrongSpecials: 0,
  });
});

t.test('a function that was not measured has no accuracy', async (t) => {
  t.throws(() => parseAccuracy('tanh', line), /no "inputs" of tanh/);
  t.throws(() => parseAccuracy('gelu', line.replace('1.746', 'nan')), /no "max-ulp" of gelu/);
});
