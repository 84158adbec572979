import {
  decodePackage,
  type ErrorCode,
  encodePackage,
  generateSigningKeys,
  isLlnError,
  type LlnError,
  limits,
  parseSigningKey,
  parseTrustedKeys,
  signPackage,
  verifySignatures,
} from '@liquid-lln/protocol';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { digestOf, tinyImage, tinyManifest, tinyPackage } from '../../../support/tiny-package.js';

const keys = generateSigningKeys();
const trusted = parseTrustedKeys([keys.publicPem]);
const signed = signPackage(tinyPackage(), parseSigningKey(keys.privatePem));

/** What a device does with a file that it received. */
function accept(file: Uint8Array): void {
  verifySignatures(decodePackage(file), trusted);
}

function refusalOf(file: Uint8Array, act: (file: Uint8Array) => void = accept): LlnError | null {
  try {
    act(file);
    return null;
  } catch (thrown) {
    if (isLlnError(thrown)) return thrown;
    throw thrown;
  }
}

function refuses(test: Test, file: Uint8Array, code: ErrorCode, what: string): void {
  test.equal(refusalOf(file)?.code, code, what);
}

/** A copy with one change. */
function changed(file: Uint8Array, change: (copy: Buffer) => void): Uint8Array {
  const copy = Buffer.from(file);
  change(copy);
  return copy;
}

t.test('a package gives back what it was made of', async (t) => {
  const { manifest, image, signatures } = decodePackage(tinyPackage());
  t.strictSame(manifest, tinyManifest());
  t.strictSame(Buffer.from(image), Buffer.from(tinyImage()));
  t.strictSame(signatures, []);
});

t.test('the same content gives the same bytes, whatever the order of its keys', async (t) => {
  const manifest = tinyManifest();
  const reversed = Object.fromEntries(Object.entries(manifest).reverse()) as typeof manifest;
  t.ok(Buffer.from(encodePackage(reversed, tinyImage())).equals(tinyPackage()));
});

t.test('the image begins at a multiple of 64', async (t) => {
  for (const name of ['t', 'ti', 'tiny', 'tiny-with-a-longer-name']) {
    const file = tinyPackage({ name });
    const { image } = decodePackage(file);
    t.equal((image.byteOffset - file.byteOffset) % 64, 0, name);
  }
});

t.test('signatures do not change the digest', async (t) => {
  t.equal(digestOf(signed), digestOf(tinyPackage()));
});

t.test('every flipped bit is refused', async (t) => {
  let accepted = 0;
  for (let bit = 0; bit < signed.length * 8; bit += 1) {
    const damaged = changed(signed, (copy) => {
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    });
    if (refusalOf(damaged) === null) accepted += 1;
  }
  t.equal(accepted, 0, `of ${signed.length * 8} bits`);
});

t.test('every flipped bit of an unsigned package is found by the reader alone', async (t) => {
  const unsigned = tinyPackage();
  let accepted = 0;
  for (let bit = 0; bit < unsigned.length * 8; bit += 1) {
    const damaged = changed(unsigned, (copy) => {
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    });
    if (refusalOf(damaged, decodePackage) === null) accepted += 1;
  }
  t.equal(accepted, 0, `of ${unsigned.length * 8} bits`);
});

t.test('a file cut short at any place is refused as truncated', async (t) => {
  const codes = new Set(Array.from(signed.keys(), (length) => refusalOf(signed.subarray(0, length))?.code));
  t.strictSame([...codes], ['PACKAGE_TRUNCATED']);
});

t.test('anything after the last signature is refused', async (t) => {
  refuses(t, Buffer.concat([signed, Buffer.alloc(1)]), 'PACKAGE_MALFORMED', 'one byte');
  refuses(t, Buffer.concat([signed, signed]), 'PACKAGE_MALFORMED', 'the file twice');
});

t.test('signatures of the wrong length or order are refused', async (t) => {
  const other = generateSigningKeys();
  const twice = signPackage(signed, parseSigningKey(other.privatePem));
  refuses(t, signed.subarray(0, signed.length - 1), 'PACKAGE_TRUNCATED', 'a byte short');
  const swapped = changed(twice, (copy) => {
    const first = Buffer.from(copy.subarray(-192, -96));
    copy.copy(copy, copy.length - 192, copy.length - 96);
    first.copy(copy, copy.length - 96);
  });
  refuses(t, swapped, 'PACKAGE_MALFORMED', 'descending key ids');
  refuses(
    t,
    changed(twice, (copy) => copy.copy(copy, copy.length - 96, copy.length - 192, copy.length - 96)),
    'PACKAGE_MALFORMED',
    'the same key twice',
  );
});

t.test('more signatures than the limit are refused before they are read', async (t) => {
  const unsigned = tinyPackage();
  const crowded = changed(unsigned, (copy) => copy.writeUInt32LE(0xffffffff, copy.length - 36));
  refuses(t, crowded, 'PACKAGE_MALFORMED', 'four thousand million signatures');
});

t.test('sizes beyond the limits are refused before anything is allocated for them', async (t) => {
  refuses(t, new Uint8Array(limits.packageBytesMax + 1), 'PACKAGE_TOO_LARGE', 'a package');
  refuses(
    t,
    changed(signed, (copy) => copy.writeUInt32LE(0xffffffff, 8)),
    'PACKAGE_TOO_LARGE',
    'a manifest',
  );
});

t.test('other formats and unknown flags are refused by name', async (t) => {
  refuses(
    t,
    changed(signed, (copy) => copy.writeUInt16LE(2, 4)),
    'PACKAGE_VERSION_UNSUPPORTED',
    'format 2',
  );
  refuses(
    t,
    changed(signed, (copy) => copy.writeUInt16LE(1, 6)),
    'PACKAGE_VERSION_UNSUPPORTED',
    'a flag',
  );
  refuses(t, Buffer.from('PK\x03\x04 some other file'), 'PACKAGE_MALFORMED', 'a zip file');
});

t.test('the sections of two packages cannot be mixed', async (t) => {
  const other = tinyPackage({ weight: 0.25 });
  const { image } = decodePackage(signed);
  const { image: otherImage } = decodePackage(other);
  const mixed = changed(signed, (copy) => copy.set(otherImage, image.byteOffset - signed.byteOffset));
  t.equal(image.length, otherImage.length);
  refuses(t, mixed, 'PACKAGE_DIGEST_MISMATCH', 'the image of another package');
  const imageStart = image.byteOffset - signed.byteOffset;
  const otherHead = tinyPackage({ version: '9.0.0' }).subarray(0, imageStart);
  const rest = signed.subarray(imageStart);
  refuses(t, Buffer.concat([otherHead, rest]), 'PACKAGE_DIGEST_MISMATCH', 'the manifest of another package');
});

t.test('a signature does not count for other content, even with the right stored digest', async (t) => {
  const other = tinyPackage({ version: '9.0.0' });
  const transplanted = Buffer.concat([other, signed.subarray(-96)]);
  transplanted.writeUInt32LE(1, other.length - 36);
  refuses(t, transplanted, 'PACKAGE_SIGNATURE_INVALID', 'a transplanted signature');
});

t.test('a manifest that contradicts its network image is refused', async (t) => {
  t.throws(() => encodePackage(tinyManifest({ units: 3 }), tinyImage({ units: 2 })), { code: 'MANIFEST_INVALID' });
  t.throws(() => encodePackage({ ...tinyManifest(), kernelAbi: 7 }, tinyImage()), { code: 'MANIFEST_INVALID' });
});

t.test('a manifest that breaks its schema never becomes a package', async (t) => {
  const manifest = tinyManifest();
  const invalid = [
    { ...manifest, extra: 1 },
    { ...manifest, goldenVectors: [] },
    { ...manifest, inputs: [] },
    { ...manifest, outputs: { ...manifest.outputs, range: [1, -1] as [number, number] } },
    {
      ...manifest,
      goldenVectors: manifest.goldenVectors.map((vector) => ({ ...vector, stateFinal: new Uint8Array(4) })),
    },
  ];
  for (const each of invalid) t.throws(() => encodePackage(each, tinyImage()), { code: 'MANIFEST_INVALID' });
});

t.test('any other file is refused with a typed error, however it was damaged', async (t) => {
  const damage = fc.record({
    start: fc.nat(signed.length),
    removed: fc.nat(200),
    inserted: fc.uint8Array({ maxLength: 200 }),
  });
  fc.assert(
    fc.property(damage, ({ start, removed, inserted }) => {
      const damaged = Buffer.concat([signed.subarray(0, start), inserted, signed.subarray(start + removed)]);
      return damaged.equals(signed) || refusalOf(damaged) !== null;
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});
