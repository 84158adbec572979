import { createHash } from 'node:crypto';
import {
  decodePackage,
  digestSchema,
  parseWith,
  splitPackage,
  type TrustedKeys,
  verifySignatures,
} from '@liquid-lln/protocol';
import type { PackageReader } from '../../ports/package-reader.js';

/** Reads packages, trusting the keys that are in force when a package is verified. */
export function createPackageReader(trustedKeys: () => TrustedKeys): PackageReader {
  return {
    verify: (file) => {
      const pkg = decodePackage(file);
      const signedBy = verifySignatures(pkg, trustedKeys());
      const { name, version, kernelAbi } = pkg.manifest;
      const needs = { kernelAbi, imageBytes: pkg.image.length };
      return { identity: { digest: pkg.digest, name, version }, needs, signedBy };
    },
    digestOfFile: (file) => parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'file digest'),
    split: splitPackage,
  };
}
