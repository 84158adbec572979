import {
  decodeCbor,
  decodeMessage,
  encodeCbor,
  encodeMessage,
  eventAckSchema,
  isLlnError,
  limits,
} from '@liquid-lln/protocol';
import t from 'tap';

t.test('a message comes back as it was sent', async (t) => {
  const ack = { v: 1 as const, epoch: 'e', upTo: 7 };
  t.same(decodeMessage(eventAckSchema, encodeMessage(eventAckSchema, ack, 'ack'), 'ack'), ack);
});

t.test('bytes that are not one CBOR value are refused', async (t) => {
  const good = encodeCbor({ v: 1, epoch: 'e', upTo: 7 });
  const bad = [
    new Uint8Array(0),
    good.subarray(0, good.length - 1),
    Uint8Array.from([...good, 0]),
    Uint8Array.of(0xff),
  ];
  for (const data of bad) {
    t.throws(() => decodeCbor(data, 'test'), { code: 'MESSAGE_INVALID' }, `${data.length} bytes`);
  }
});

t.test('a tag is refused wherever it is, and what only looks like one is not', async (t) => {
  for (const hex of ['c100', '81c100', 'a16161c100', '9f01c24100ff', 'd9010280', '61'])
    t.throws(() => decodeCbor(Buffer.from(hex, 'hex'), 'test'), { code: 'MESSAGE_INVALID' }, hex);
  t.throws(() => decodeCbor(Buffer.from('81c24101', 'hex'), 'test'), { message: 'test holds a CBOR tag' });
  const long = 70_000;
  const strings = [3, 200, 300, long].map((length) => Buffer.alloc(length, 0xc2));
  for (const value of [-1, 0xc1c1, 1.5, 2 ** 40, 'Á'.repeat(long), ...strings])
    t.same(decodeCbor(encodeCbor({ value }), 'test'), { value });
});

t.test('unknown keys, wrong versions and wrong types are refused by name', async (t) => {
  for (const message of [
    { v: 1, epoch: 'e', upTo: 7, more: 1 },
    { v: 2, epoch: 'e', upTo: 7 },
    { v: 1, epoch: 3, upTo: 7 },
    [],
    null,
    'x',
  ]) {
    t.throws(
      () => decodeMessage(eventAckSchema, encodeCbor(message), 'ack'),
      { code: 'MESSAGE_INVALID' },
      JSON.stringify(message),
    );
  }
  try {
    decodeMessage(eventAckSchema, encodeCbor({ v: 1, epoch: 'e', upTo: -1 }), 'ack');
    t.fail('a negative count passed');
  } catch (thrown) {
    t.ok(isLlnError(thrown, 'MESSAGE_INVALID') && thrown.message.includes('upTo'), 'the message names the field');
  }
});

t.test('a message over the limit is refused before it is decoded', async (t) => {
  t.throws(() => decodeMessage(eventAckSchema, new Uint8Array(limits.messageBytesMax + 1), 'ack'), {
    code: 'MESSAGE_TOO_LARGE',
  });
});

t.test('a map that names a prototype key does no harm', async (t) => {
  const hostile = Uint8Array.of(0xa1, 0x69, ...Buffer.from('__proto__'), 0xa1, 0x65, ...Buffer.from('admin'), 0xf5);
  const decoded = decodeCbor(hostile, 'test') as Record<string, unknown>;
  t.equal(({} as Record<string, unknown>)['admin'], undefined, 'no prototype was polluted');
  const prototype: unknown = Object.getPrototypeOf(decoded);
  t.ok(prototype === null || prototype === Object.prototype);
});
