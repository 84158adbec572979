import { computeGoldenVector, loadKernel } from '@liquid-lln/firmware-bridge';
import {
  decodePackage,
  encodePackage,
  generateSigningKeys,
  type Manifest,
  type OutputProfile,
  type PackageReference,
  parseSigningKey,
  parseTrustedKeys,
  signPackage,
} from '@liquid-lln/protocol';
import { type TinyPackageOptions, tinyImage, tinyManifest } from '../tiny-package.js';

/** One signing key for a whole test process. */
export const testKeys = generateSigningKeys();
export const trustedKeys = parseTrustedKeys([testKeys.publicPem]);

export interface SignedPackageOptions extends TinyPackageOptions {
  /** The range that outputs must keep; a range without zero in it makes a package that misbehaves. */
  readonly range?: [number, number] | null;
  readonly latencyMs?: number | null;
  readonly energyMw?: number | null;
  /** What the outputs are said to have done over validation data. */
  readonly outputProfile?: OutputProfile;
}

export interface SignedPackage {
  readonly file: Uint8Array;
  readonly reference: PackageReference;
}

/** A small package that really runs: golden vectors computed by the kernel, signed by `testKeys`. */
export function signedPackage(options: SignedPackageOptions = {}): SignedPackage {
  const image = tinyImage(options);
  const network = loadKernel().open(image);
  const inputs = Float32Array.from({ length: 8 }, (_, index) => index / 8);
  const vector = computeGoldenVector(network, inputs, new Float32Array(8).fill(1));
  network.close();
  const manifest = tinyManifest(options);
  const changed: Manifest = {
    ...manifest,
    goldenVectors: [vector],
    outputs: { ...manifest.outputs, range: options.range === undefined ? [-1.5, 1.5] : options.range },
    budgets: { ...manifest.budgets, latencyMs: options.latencyMs ?? null, energyMw: options.energyMw ?? null },
    ...(options.outputProfile === undefined ? {} : { outputProfile: options.outputProfile }),
  };
  const file = signPackage(encodePackage(changed, image), parseSigningKey(testKeys.privatePem));
  const { digest } = decodePackage(file);
  return { file, reference: { digest, name: manifest.name, version: manifest.version, sizeBytes: file.length } };
}

/** Runs without an error, passes its golden vectors, and leaves its range with every answer. */
export function misbehavingPackage(version = '9.0.0'): SignedPackage {
  return signedPackage({ name: 'bad', version, weight: 0.7, range: [1.4, 1.5] });
}
