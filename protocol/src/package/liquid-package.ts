import { createHash } from 'node:crypto';
import { LlnError } from '../base/errors.js';
import { type Digest, digestSchema } from '../base/ids.js';
import { parseWith } from '../base/schema.js';
import { type ImageHeader, readImageHeader } from '../network/image-header.js';
import { joinSections, splitSections } from './container.js';
import { decodeDeterministic, encodeDeterministic } from './deterministic-cbor.js';
import { type Manifest, manifestSchema } from './manifest.js';
import { decodeSignatureBlock, encodeSignatureBlock, type PackageSignature } from './signature-block.js';

/** A package file taken apart and found well-formed; whether anybody vouches for it is `verifySignatures`' question. */
export interface LiquidPackage {
  readonly manifest: Manifest;
  /** A view of the file. */
  readonly image: Uint8Array;
  readonly digest: Digest;
  readonly signatures: readonly PackageSignature[];
}

/**
 * Makes an unsigned package file.
 * @throws LlnError MANIFEST_INVALID, IMAGE_INVALID, PACKAGE_TOO_LARGE
 */
export function encodePackage(manifest: Manifest, image: Uint8Array): Uint8Array {
  const checked = parseWith(manifestSchema, manifest, 'manifest', 'MANIFEST_INVALID');
  checkAgreement(checked, readImageHeader(image));
  const manifestBytes = encodeDeterministic(checked);
  const digest = contentDigest(manifestBytes, image);
  return joinSections({
    manifest: manifestBytes,
    image,
    signatureBlock: encodeSignatureBlock({ digest, signatures: [] }),
  });
}

/**
 * Reads a package file, strictly: no byte of it can change without being noticed here or, in a signature, by
 * `verifySignatures`.
 * @throws LlnError PACKAGE_TRUNCATED, PACKAGE_MALFORMED, PACKAGE_TOO_LARGE, PACKAGE_VERSION_UNSUPPORTED,
 *   PACKAGE_DIGEST_MISMATCH, MANIFEST_INVALID, IMAGE_INVALID, IMAGE_ABI_UNSUPPORTED
 */
export function decodePackage(file: Uint8Array): LiquidPackage {
  const sections = splitSections(file);
  const { digest: promised, signatures } = decodeSignatureBlock(sections.signatureBlock);
  const digest = contentDigest(sections.manifest, sections.image);
  if (!digest.equals(promised))
    throw new LlnError('PACKAGE_DIGEST_MISMATCH', 'the package was damaged or changed after it was made', {
      promised: Buffer.from(promised).toString('hex'),
      actual: digest.toString('hex'),
    });
  const content = decodeDeterministic(sections.manifest, 'manifest');
  const manifest = parseWith(manifestSchema, content, 'manifest', 'MANIFEST_INVALID');
  checkAgreement(manifest, readImageHeader(sections.image));
  return { manifest, image: sections.image, digest: digestOf(digest), signatures };
}

/** Gives the same content another set of signatures. */
export function replaceSignatures(file: Uint8Array, signatures: readonly PackageSignature[]): Uint8Array {
  const sections = splitSections(file);
  const digest = contentDigest(sections.manifest, sections.image);
  return joinSections({ ...sections, signatureBlock: encodeSignatureBlock({ digest, signatures }) });
}

function contentDigest(manifest: Uint8Array, image: Uint8Array): Buffer {
  return createHash('sha256').update(manifest).update(image).digest();
}

function digestOf(sha256: Buffer): Digest {
  return parseWith(digestSchema, sha256.toString('hex'), 'digest');
}

/** What the manifest tells people and gates must be what the kernel will run. */
function checkAgreement({ kernelAbi, network, normalisation, timeStep }: Manifest, header: ImageHeader): void {
  checkEqual('kernelAbi', kernelAbi, header.abi);
  checkEqual('network.inputSize', network.inputSize, header.inputSize);
  checkEqual('network.units', network.units, header.units);
  checkEqual('network.outputSize', network.outputSize, header.outputSize);
  checkEqual('network.mixedMemory', network.mixedMemory, header.hasMemory);
  checkEqual('network.cell', network.cell, header.cell === 'wired-cfc' ? 'cfc' : header.cell);
  checkEqual('normalisation', normalisation !== null, header.hasNormalisation);
  checkEqual('timeStep.default', Math.fround(timeStep.default), header.defaultTimeStep);
}

function checkEqual(field: string, stated: string | number | boolean, actual: string | number | boolean): void {
  if (stated === actual) return;
  const message = `manifest: ${field} is ${stated}, but the network image has ${actual}`;
  throw new LlnError('MANIFEST_INVALID', message, { field, stated, actual });
}
