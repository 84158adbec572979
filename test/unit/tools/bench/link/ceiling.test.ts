import { lineBytesOf, uploadCeiling } from '@liquid-lln/tools';
import t from 'tap';

t.test('a chunk takes a packet in base64, line by line, on the line', async (t) => {
  t.equal(lineBytesOf(61), 124 + 3, '61 bytes, 28 of its message and 4 of its packet fill one line');
  t.equal(lineBytesOf(62), 128 + 2 * 3, 'one more needs another');
});

t.test('framing leaves most of a line to an image, and more of it to larger chunks', async (t) => {
  const share = (chunkBytes: number) => uploadCeiling(115_200, chunkBytes) / 11_520;
  t.ok(share(3_968) > 0.7 && share(3_968) < 0.75, 'three quarters are base64, the rest marks and line feeds');
  t.ok(share(128) < share(1_024));
});
