import { parseCounts } from '@liquid-lln/tools';
import t from 'tap';

t.test('what the board prints is read as hexadecimal numbers', async (t) => {
  const printed = 'step 0x3106\nmultiply 0x67b\nplain 0x0\n';
  t.same(parseCounts(printed), { step: 12_550, multiply: 1659, plain: 0 });
});

t.test('a count that is not there is no zero', async (t) => {
  t.throws(() => parseCounts('step 0x3106\nhard fault\n'), /did not print "multiply"/);
});
