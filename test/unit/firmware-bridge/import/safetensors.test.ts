import { parseSafetensors } from '@liquid-lln/firmware-bridge';
import t from 'tap';

/** A file with this header and these float32 values behind it. */
function fileOf(header: unknown, values: readonly number[], headerLength?: number): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const file = new Uint8Array(8 + json.length + values.length * 4);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerLength ?? json.length), true);
  file.set(json, 8);
  for (const [i, value] of values.entries()) view.setFloat32(8 + json.length + i * 4, value, true);
  return file;
}

const tensor = (shape: readonly number[], begin: number, end: number, dtype = 'F32') => {
  return { dtype, shape, data_offsets: [begin, end] };
};

t.test('tensors come out by name, in whatever order the header lists them', async (t) => {
  const header = { __metadata__: { format: 'pt' }, b: tensor([2], 16, 24), a: tensor([2, 2], 0, 16) };
  const tensors = parseSafetensors(fileOf(header, [1, 2, 3, 4, 5, 6]));
  t.same([...tensors.keys()].sort(), ['a', 'b']);
  t.same(tensors.get('a'), { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) });
  t.same(tensors.get('b'), { shape: [2], values: Float32Array.of(5, 6) });
});

t.test('a header padded with spaces, and a file at an odd place in memory, are read', async (t) => {
  const file = fileOf(`${JSON.stringify({ a: tensor([1], 0, 4) })}   `, [7]);
  const shifted = new Uint8Array([0, ...file]).subarray(1);
  t.same(parseSafetensors(shifted).get('a')?.values, Float32Array.of(7));
});

const faults: readonly [string, Uint8Array, RegExp][] = [
  ['an empty file', new Uint8Array(0), /fewer than its length field/],
  ['a header that ends behind the file', fileOf({}, [], 100), /behind the end of the file/],
  ['a header over the limit', fileOf({}, [], 2 ** 40), /limit is 1048576/],
  ['a header that is not JSON', fileOf('{"a":', []), /not JSON/],
  ['a header that is not UTF-8', new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 0xff]), /not JSON/],
  ['a header that is a list', fileOf('[1]', []), /tensor 0 is invalid/],
  ['a half-precision tensor', fileOf({ a: tensor([2], 0, 4, 'F16') }, [1]), /tensor a is invalid: dtype/],
  ['an unknown key of a tensor', fileOf({ a: { ...tensor([1], 0, 4), extra: 1 } }, [1]), /extra/],
  ['a negative length', fileOf({ a: tensor([-1], 0, 4) }, [1]), /shape/],
  ['a fractional offset', fileOf({ a: tensor([1], 0, 4.5) }, [1]), /data_offsets/],
  ['offsets beyond the data', fileOf({ a: tensor([2], 0, 8) }, [1]), /behind the end of the data/],
  ['offsets that do not fit the shape', fileOf({ a: tensor([3], 0, 8) }, [1, 2]), /does not take 12 bytes/],
  ['offsets in reverse', fileOf({ a: tensor([1], 4, 0) }, [1]), /begins at 4 instead of 0/],
  ['tensors that overlap', fileOf({ a: tensor([2], 0, 8), b: tensor([2], 4, 12) }, [1, 2, 3]), /begins at 4 instead/],
  ['a gap between tensors', fileOf({ a: tensor([1], 0, 4), b: tensor([1], 8, 12) }, [1, 2, 3]), /begins at 8 instead/],
  ['data that belongs to no tensor', fileOf({ a: tensor([1], 0, 4) }, [1, 2]), /4 bytes at its end/],
  [
    'a shape whose product is beyond all numbers',
    fileOf({ a: tensor([2 ** 52, 2 ** 52], 0, 4) }, [1]),
    /does not take/,
  ],
  ['NaN', fileOf({ a: tensor([2], 0, 8) }, [1, Number.NaN]), /tensor a has the value NaN at 1/],
  ['infinity', fileOf({ a: tensor([1], 0, 4) }, [Number.POSITIVE_INFINITY]), /Infinity at 0/],
];

for (const [what, file, message] of faults) {
  t.test(`${what} is refused`, async (t) => {
    t.throws(() => parseSafetensors(file), { code: 'SAFETENSORS_INVALID', message });
  });
}
