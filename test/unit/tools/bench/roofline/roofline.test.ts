import { attainableNs } from '@liquid-lln/tools';
import t from 'tap';

t.test('the slower of arithmetic and reading decides', async (t) => {
  const roof = { macsPerNs: 50, bytesPerNs: 100 };
  t.equal(attainableNs({ macs: 1000, weightBytes: 1000 }, roof), 20, 'arithmetic');
  t.equal(attainableNs({ macs: 1000, weightBytes: 4000 }, roof), 40, 'reading');
});
