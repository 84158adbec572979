import { LlnError } from '../base/errors.js';
import { limits } from '../base/limits.js';
import { headerOffsets } from '../network/image-layout.js';

/** The parts of a package file, in their order; views, not copies. */
export interface Sections {
  readonly manifest: Uint8Array;
  readonly image: Uint8Array;
  readonly signatureBlock: Uint8Array;
}

const magic = Buffer.from('LIQD', 'latin1');
const formatVersion = 1;
const headBytes = 12;
const imageAlignment = 64;

/** Lays the sections out in a file: head, manifest, zeros up to the next multiple of 64, image, signature block. */
export function joinSections({ manifest, image, signatureBlock }: Sections): Uint8Array {
  checkSize('manifest', manifest.length, limits.manifestBytesMax);
  const head = Buffer.alloc(headBytes);
  head.set(magic, 0);
  head.writeUInt16LE(formatVersion, 4);
  head.writeUInt32LE(manifest.length, 8);
  const padding = Buffer.alloc(imageOffset(manifest.length) - headBytes - manifest.length);
  const file = Buffer.concat([head, manifest, padding, image, signatureBlock]);
  checkSize('package', file.length, limits.packageBytesMax);
  return file;
}

/**
 * Takes a file apart. Every byte outside the sections is checked here, every byte within them by their readers.
 * @throws LlnError PACKAGE_TRUNCATED, PACKAGE_MALFORMED, PACKAGE_TOO_LARGE, PACKAGE_VERSION_UNSUPPORTED
 */
export function splitSections(file: Uint8Array): Sections {
  checkSize('package', file.length, limits.packageBytesMax);
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const manifestEnd = headBytes + readHead(bytes);
  requireBytes(bytes, manifestEnd, 'manifest');
  const imageStart = imageOffset(manifestEnd - headBytes);
  requireBytes(bytes, imageStart, 'padding');
  if (bytes.subarray(manifestEnd, imageStart).some((byte) => byte !== 0))
    throw new LlnError('PACKAGE_MALFORMED', `the padding after the manifest (byte ${manifestEnd}) is not zero`);
  const imageEnd = imageStart + readImageLength(bytes.subarray(imageStart));
  requireBytes(bytes, imageEnd, 'network image');
  return {
    manifest: bytes.subarray(headBytes, manifestEnd),
    image: bytes.subarray(imageStart, imageEnd),
    signatureBlock: bytes.subarray(imageEnd),
  };
}

/** Checks the head and gives the manifest's length. */
function readHead(bytes: Buffer): number {
  const magicThere = bytes.subarray(0, magic.length);
  if (!magicThere.equals(magic.subarray(0, magicThere.length)))
    throw new LlnError('PACKAGE_MALFORMED', 'this is not a .liquid package: it does not begin with LIQD');
  requireBytes(bytes, headBytes, 'head');
  const version = bytes.readUInt16LE(4);
  if (version !== formatVersion)
    throw new LlnError(
      'PACKAGE_VERSION_UNSUPPORTED',
      `package format ${version}; this software reads ${formatVersion}`,
    );
  const flags = bytes.readUInt16LE(6);
  if (flags !== 0)
    throw new LlnError('PACKAGE_VERSION_UNSUPPORTED', `package flags ${flags}; this software knows none`);
  const manifestLength = bytes.readUInt32LE(8);
  checkSize('manifest', manifestLength, limits.manifestBytesMax);
  return manifestLength;
}

function readImageLength(rest: Buffer): number {
  if (rest.length < headerOffsets.totalBytes + 4)
    throw new LlnError('PACKAGE_TRUNCATED', 'the file ends within the head of the network image');
  return rest.readUInt32LE(headerOffsets.totalBytes);
}

function imageOffset(manifestLength: number): number {
  return Math.ceil((headBytes + manifestLength) / imageAlignment) * imageAlignment;
}

function requireBytes(bytes: Buffer, end: number, what: string): void {
  if (bytes.length >= end) return;
  const context = { neededBytes: end, actualBytes: bytes.length };
  throw new LlnError('PACKAGE_TRUNCATED', `the ${what} ends at byte ${end}, the file at ${bytes.length}`, context);
}

function checkSize(what: string, actual: number, max: number): void {
  if (actual > max) throw new LlnError('PACKAGE_TOO_LARGE', `the ${what} has ${actual} bytes, the limit is ${max}`);
}
