import { generateSigningKeys, parseSigningKey, signPackage } from '@liquid-lln/protocol';
import { type TinyPackageOptions, tinyPackage } from './tiny-package.js';

/** Keys made for one test run. */
export const testKeys = generateSigningKeys();

/** The smallest package, signed with `testKeys` or with others. */
export function signedPackage(options: TinyPackageOptions = {}, keys = testKeys): Uint8Array {
  return signPackage(tinyPackage(options), parseSigningKey(keys.privatePem));
}
