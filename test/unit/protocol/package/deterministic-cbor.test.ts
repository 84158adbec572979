import { decodeDeterministic, encodeDeterministic, isLlnError } from '@liquid-lln/protocol';
import fc from 'fast-check';
import t from 'tap';

const number = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const { value: document } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    number,
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 5 }),
  ),
}));

function hexOf(value: unknown): string {
  return Buffer.from(encodeDeterministic(value)).toString('hex');
}

function decodeHex(hex: string): unknown {
  return decodeDeterministic(Buffer.from(hex, 'hex'), 'test');
}

t.test('values have the encodings of RFC 8949, appendix A', async (t) => {
  const examples: [unknown, string][] = [
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [1000, '1903e8'],
    [1000000, '1a000f4240'],
    [1000000000000, '1b000000e8d4a51000'],
    [-1, '20'],
    [-1000, '3903e7'],
    [1.1, 'fb3ff199999999999a'],
    [null, 'f6'],
    [true, 'f5'],
    [false, 'f4'],
    ['ü', '62c3bc'],
    [Uint8Array.of(1, 2, 3, 4), '4401020304'],
    [[1, [2, 3]], '8201820203'],
    [{ a: 1, b: [2, 3] }, 'a26161016162820203'],
  ];
  for (const [value, hex] of examples) {
    t.equal(hexOf(value), hex);
    t.equal(hexOf(decodeHex(hex)), hex);
  }
});

t.test('keys are ordered by their encoded bytes', async (t) => {
  t.equal(hexOf({ aa: 1, b: 2 }), hexOf({ b: 2, aa: 1 }));
  t.equal(hexOf({ aa: 1, b: 2 }), 'a261620262616101');
});

t.test('whatever was encoded decodes to what encodes to the same bytes', async (t) => {
  fc.assert(
    fc.property(document, (value) => {
      const hex = hexOf(value);
      return hexOf(decodeHex(hex)) === hex;
    }),
  );
  t.pass();
});

t.test('whatever decodes is the one encoding of its value', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      try {
        return Buffer.from(encodeDeterministic(decodeDeterministic(bytes, 'noise'))).equals(bytes);
      } catch (thrown) {
        return isLlnError(thrown, 'PACKAGE_MALFORMED');
      }
    }),
    { numRuns: 5_000 },
  );
  t.pass();
});

t.test('every other encoding is refused', async (t) => {
  const refused: Record<string, string> = {
    'nothing at all': '',
    'a long form of 1': '1801',
    'a long form of 255': '1900ff',
    'an integer beyond 2^53': '1b0020000000000000',
    'a negative integer beyond -2^53': '3b001fffffffffffff',
    'a half-precision float': 'f93e00',
    'a single-precision float': 'fa3fc00000',
    'an integer written as a float': 'fb3ff0000000000000',
    'minus zero': 'fb8000000000000000',
    'not a number': 'fb7ff8000000000000',
    infinity: 'fb7ff0000000000000',
    undefined: 'f7',
    'a tag': 'c000',
    'an array of indefinite length': '9f00ff',
    'keys in descending order': 'a2616201616101',
    'a key twice': 'a2616101616102',
    'a key that is a number': 'a10101',
    'text that is not UTF-8': '61ff',
    'a second value': '0000',
    'an array that ends early': '8201',
    'an array longer than any file': '9b001fffffffffffff',
    'bytes longer than the file': '5affffffff',
    'a map longer than the file': 'ba7fffffff',
    'nesting without end': '81'.repeat(100_000),
  };
  for (const [what, hex] of Object.entries(refused)) {
    t.throws(() => decodeHex(hex), { code: 'PACKAGE_MALFORMED' }, what);
  }
});

t.test('a key named __proto__ is a key like any other', async (t) => {
  const decoded = decodeHex('a1695f5f70726f746f5f5f01');
  t.strictSame(Object.keys(decoded as object), ['__proto__']);
});
