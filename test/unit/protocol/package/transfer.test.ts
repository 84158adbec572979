import { createHash } from 'node:crypto';
import { decodePackage, parseWith, splitPackage, transferManifestSchema } from '@liquid-lln/protocol';
import t from 'tap';
import { tinyPackage } from '../../../support/tiny-package.js';

const file = tinyPackage({ units: 16 });
const { digest } = decodePackage(file);

t.test('the chunks in their order are the file', async (t) => {
  for (const chunkBytes of [1, 100, file.length - 1, file.length, file.length + 1]) {
    const { manifest, chunks } = splitPackage(file, digest, chunkBytes);
    t.ok(Buffer.concat(chunks).equals(file), `chunks of ${chunkBytes} bytes`);
    t.equal(chunks.length, manifest.chunkDigests.length);
    t.ok(chunks.slice(0, -1).every((chunk) => chunk.length === chunkBytes));
  }
});

t.test('the transfer manifest says what to expect of each chunk', async (t) => {
  const { manifest, chunks } = splitPackage(file, digest, 512);
  t.strictSame(parseWith(transferManifestSchema, manifest, 'transfer manifest'), manifest);
  t.equal(manifest.sizeBytes, file.length);
  const digests = chunks.map((chunk) => createHash('sha256').update(chunk).digest('hex'));
  t.strictSame(manifest.chunkDigests, digests);
});
