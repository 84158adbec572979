import { MessageWriter } from '@liquid-lln/tools';
import t from 'tap';

t.test('fields are written as in the documentation of Protocol Buffers', async (t) => {
  t.same([...new MessageWriter().integer(1, 150).finish()], [0x08, 0x96, 0x01]);
  t.same([...new MessageWriter().text(2, 'testing').finish()], [0x12, 0x07, ...Buffer.from('testing')]);
  const inner = new MessageWriter().integer(1, 150);
  t.same([...new MessageWriter().message(3, inner).finish()], [0x1a, 0x03, 0x08, 0x96, 0x01]);
});

t.test('large numbers keep all their bits, and what does not fit is refused', async (t) => {
  t.same([...new MessageWriter().integer(20, 2 ** 35 + 1).finish()], [0xa0, 0x01, 0x81, 0x80, 0x80, 0x80, 0x80, 0x01]);
  t.throws(() => new MessageWriter().integer(1, -1), RangeError);
  t.throws(() => new MessageWriter().integer(1, 0.5), RangeError);
});
