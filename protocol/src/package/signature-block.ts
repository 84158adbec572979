import { LlnError } from '../base/errors.js';
import { limits } from '../base/limits.js';

/** One signature as a package carries it. */
export interface PackageSignature {
  /** SHA-256 of the raw 32-byte public key, in lower-case hexadecimal digits. */
  readonly keyId: string;
  /** 64 bytes of Ed25519. */
  readonly signature: Uint8Array;
}

/** The end of every package: what the content should be, and who vouches for it. */
export interface SignatureBlock {
  /** The digest of the content when it was written: tells damage from forgery, signed or not. */
  readonly digest: Uint8Array;
  readonly signatures: readonly PackageSignature[];
}

const magic = Buffer.from('LSIG', 'latin1');
const digestBytes = 32;
const headBytes = magic.length + 4 + digestBytes;
const keyIdBytes = 32;
const signatureBytes = 64;
const entryBytes = keyIdBytes + signatureBytes;

/** "LSIG" | u32 count | digest | count x (key id | signature), ascending by key id. */
export function encodeSignatureBlock(block: SignatureBlock): Uint8Array {
  const sorted = block.signatures.toSorted((left, right) => (left.keyId < right.keyId ? -1 : 1));
  const head = Buffer.alloc(headBytes);
  head.set(magic, 0);
  head.writeUInt32LE(sorted.length, magic.length);
  head.set(block.digest, headBytes - digestBytes);
  const entries = sorted.flatMap((entry) => [Buffer.from(entry.keyId, 'hex'), entry.signature]);
  return Buffer.concat([head, ...entries]);
}

/**
 * Reads the block; `data` is all that follows the network image.
 * @throws LlnError PACKAGE_TRUNCATED, PACKAGE_MALFORMED
 */
export function decodeSignatureBlock(data: Uint8Array): SignatureBlock {
  const block = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (block.length < headBytes) throw truncated(headBytes, block.length);
  if (!block.subarray(0, magic.length).equals(magic)) throw malformed('it does not begin with LSIG');
  const count = block.readUInt32LE(magic.length);
  if (count > limits.signaturesMax) throw malformed(`${count} signatures, the limit is ${limits.signaturesMax}`);
  const expected = headBytes + count * entryBytes;
  if (block.length < expected) throw truncated(expected, block.length);
  if (block.length > expected) throw malformed(`${block.length - expected} bytes follow it`);
  const signatures = Array.from({ length: count }, (_, index) => readEntry(block, headBytes + index * entryBytes));
  checkOrder(signatures);
  return { digest: block.subarray(headBytes - digestBytes, headBytes), signatures };
}

function readEntry(block: Buffer, start: number): PackageSignature {
  const signatureStart = start + keyIdBytes;
  return {
    keyId: block.toString('hex', start, signatureStart),
    signature: block.subarray(signatureStart, signatureStart + signatureBytes),
  };
}

function checkOrder(signatures: readonly PackageSignature[]): void {
  for (const [index, { keyId }] of signatures.entries()) {
    const next = signatures[index + 1];
    if (next !== undefined && keyId >= next.keyId) throw malformed('key ids are not ascending');
  }
}

function truncated(expected: number, actual: number): LlnError {
  return new LlnError('PACKAGE_TRUNCATED', `the signature block needs ${expected} bytes, there are ${actual}`);
}

function malformed(problem: string): LlnError {
  return new LlnError('PACKAGE_MALFORMED', `the signature block is not valid: ${problem}`);
}
