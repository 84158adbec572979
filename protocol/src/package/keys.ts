import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { LlnError } from '../base/errors.js';

/** Public keys whose signatures count, by key id. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>;

/** A new pair of keys as the PEM texts of its two files. */
export interface SigningKeyTexts {
  readonly keyId: string;
  /** PKCS#8; whoever has it can sign. */
  readonly privatePem: string;
  /** SPKI; what a fleet trusts. */
  readonly publicPem: string;
}

/** SHA-256 of the raw 32-byte Ed25519 public key, in 64 lower-case hexadecimal digits. */
export function keyIdOf(publicKey: KeyObject): string {
  const { x } = publicKey.export({ format: 'jwk' });
  if (publicKey.asymmetricKeyType !== 'ed25519' || x === undefined)
    throw new LlnError('CONFIG_INVALID', 'the key is not an Ed25519 key');
  return createHash('sha256').update(Buffer.from(x, 'base64url')).digest('hex');
}

/** Makes a new pair of keys. */
export function generateSigningKeys(): SigningKeyTexts {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    keyId: keyIdOf(publicKey),
    privatePem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  };
}

/**
 * Reads the private key that signs.
 * @throws LlnError CONFIG_INVALID
 */
export function parseSigningKey(pem: string): KeyObject {
  return requireEd25519(readKey(() => createPrivateKey(pem), 'the signing key is not an unencrypted PKCS#8 PEM text'));
}

/**
 * Reads the public keys that a fleet trusts.
 * @throws LlnError CONFIG_INVALID; also for a private key, which must not lie about on devices.
 */
export function parseTrustedKeys(pemTexts: readonly string[]): TrustedKeys {
  return new Map(pemTexts.map(parseTrustedKey).map((key) => [keyIdOf(key), key]));
}

function parseTrustedKey(pem: string): KeyObject {
  if (pem.includes('PRIVATE KEY'))
    throw new LlnError('CONFIG_INVALID', 'a trusted key is a private key: list its .pub file instead');
  return requireEd25519(readKey(() => createPublicKey(pem), 'a trusted key is not an SPKI PEM text'));
}

function readKey(read: () => KeyObject, problem: string): KeyObject {
  try {
    return read();
  } catch (cause) {
    throw new LlnError('CONFIG_INVALID', problem, {}, cause);
  }
}

function requireEd25519(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new LlnError('CONFIG_INVALID', `the key is ${key.asymmetricKeyType ?? 'of an unknown kind'}, not ed25519`);
}
