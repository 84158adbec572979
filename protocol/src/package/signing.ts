import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { LlnError } from '../base/errors.js';
import type { Digest } from '../base/ids.js';
import { limits } from '../base/limits.js';
import { keyIdOf, type TrustedKeys } from './keys.js';
import { decodePackage, type LiquidPackage, replaceSignatures } from './liquid-package.js';

/** Separates these signatures from any other use of the same key. */
const signatureDomain = Buffer.from('liquid-lln package v1\0', 'latin1');

/**
 * Adds a signature to a package file; one of the same key is replaced.
 * @throws LlnError whatever `decodePackage` throws; PACKAGE_MALFORMED if it carries too many already.
 */
export function signPackage(file: Uint8Array, privateKey: KeyObject): Uint8Array {
  const { digest, signatures } = decodePackage(file);
  const keyId = keyIdOf(createPublicKey(privateKey));
  const others = signatures.filter((entry) => entry.keyId !== keyId);
  if (others.length >= limits.signaturesMax)
    throw new LlnError('PACKAGE_MALFORMED', `the package has ${others.length} signatures already: that is the limit`);
  const signature = sign(null, signedMessage(digest), privateKey);
  return replaceSignatures(file, [...others, { keyId, signature }]);
}

/**
 * Checks that a trusted key vouches for the package. Signatures of unknown keys say nothing, neither for nor against;
 * a wrong signature of a trusted key refuses the package, whatever the others say.
 * @returns the ids of the trusted keys that signed, at least one.
 * @throws LlnError PACKAGE_UNSIGNED, PACKAGE_SIGNATURE_INVALID, PACKAGE_KEY_UNTRUSTED
 */
export function verifySignatures(pkg: LiquidPackage, trustedKeys: TrustedKeys): string[] {
  if (pkg.signatures.length === 0) throw new LlnError('PACKAGE_UNSIGNED', 'the package carries no signature');
  const message = signedMessage(pkg.digest);
  const signedBy: string[] = [];
  for (const { keyId, signature } of pkg.signatures) {
    const key = trustedKeys.get(keyId);
    if (key === undefined) continue;
    if (!verify(null, message, key, signature))
      throw new LlnError('PACKAGE_SIGNATURE_INVALID', `the signature of key ${keyId} is wrong`, { keyId });
    signedBy.push(keyId);
  }
  if (signedBy.length > 0) return signedBy;
  const signers = pkg.signatures.map(({ keyId }) => keyId.slice(0, 12)).join(', ');
  throw new LlnError('PACKAGE_KEY_UNTRUSTED', `none of the signing keys (${signers}) is trusted`, { signers });
}

function signedMessage(digest: Digest): Uint8Array {
  return Buffer.concat([signatureDomain, Buffer.from(digest, 'hex')]);
}
