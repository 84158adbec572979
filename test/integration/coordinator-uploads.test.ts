import { createHash } from 'node:crypto';
import { FolderPackageFiles } from '@liquid-lln/coordinator';
import { digestSchema, limits, parseWith } from '@liquid-lln/protocol';
import t from 'tap';
import { eventually } from '../support/eventually.js';
import { startScriptedFleet } from '../support/scripted-fleet.js';
import { signedPackage } from '../support/signed-package.js';

const file = signedPackage({ units: 96 });
const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');

function chunk(from: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(file.subarray(from, from + limits.chunkBytes));
}

t.test('an upload goes on where it stopped, over kill -9', async (t) => {
  t.ok(file.length > limits.chunkBytes, 'the file has more than one chunk');
  const fleet = await startScriptedFleet(t, 0);
  const { operator } = fleet;
  const open = () => operator.request({ kind: 'upload-open', fileDigest, sizeBytes: file.length });
  t.equal((await open()).haveBytes, 0);
  const first = { kind: 'upload-chunk' as const, fileDigest, offset: 0, data: chunk(0) };
  t.equal((await operator.request(first)).haveBytes, limits.chunkBytes);
  await fleet.coordinator.kill();
  await fleet.restart();
  t.equal((await eventually('it answers', () => open().catch(() => null))).haveBytes, limits.chunkBytes);
  t.equal((await operator.request(first)).haveBytes, limits.chunkBytes, 'a chunk that comes again is not added again');
  const beyond = { ...first, offset: limits.chunkBytes * 2 };
  t.equal((await operator.request(beyond)).haveBytes, limits.chunkBytes, 'nor one beyond a gap');
  const reply = await operator.upload(file, fileDigest);
  t.match(reply, { of: 'upload-close', registered: { name: 'tiny', version: '1.0.0' } });
  t.match(await open(), { registered: { name: 'tiny' } });
});

t.test('an upload that is not what was announced is thrown away', async (t) => {
  const { operator } = await startScriptedFleet(t, 0);
  const announced = parseWith(digestSchema, 'f'.repeat(64), 'digest');
  t.match(await operator.upload(file, announced), { of: 'error', error: { code: 'PACKAGE_DIGEST_MISMATCH' } });
  const opened = await operator.request({ kind: 'upload-open', fileDigest: announced, sizeBytes: file.length });
  t.equal(opened.haveBytes, 0);
});

t.test('an upload that the disk has no room for is refused before it begins, and keeps nobody else out', async (t) => {
  let freeBytes = 6_000_000;
  const files = await FolderPackageFiles.open(t.testdir(), async () => freeBytes);
  await t.rejects(files.openUpload(fileDigest, 1_000_000), { code: 'STORE_FULL' });
  t.equal(await files.openUpload(fileDigest, 10_000), 0);
  freeBytes = 0;
  t.equal(await files.openUpload(fileDigest, 10_000), 0, 'what has begun goes on');
});

t.test('two operators bring the same package at the same time', async (t) => {
  const files = await FolderPackageFiles.open(t.testdir());
  await t.resolves(Promise.all(Array.from({ length: 8 }, () => files.savePackage(fileDigest, file))));
  t.equal(Buffer.compare(await files.readPackage(fileDigest), file), 0);
});
