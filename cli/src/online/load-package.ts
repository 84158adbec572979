import {
  type Digest,
  decodePackage,
  LlnError,
  limits,
  type PackageIdentity,
  type PackageView,
  packageNameSchema,
  packageVersionSchema,
  satisfies,
} from '@liquid-lln/protocol';
import { readUserFile } from '../adapters/files.js';
import type { CoordinatorClient } from '../clients/coordinator-client.js';

/** A package file that is fit to be sent. */
export interface LoadedPackage {
  readonly file: Uint8Array;
  readonly identity: PackageIdentity;
}

/**
 * Reads a package file and checks everything about it that can be checked without the fleet's keys.
 * @throws LlnError FILE_UNREADABLE, PACKAGE_UNSIGNED, and whatever `decodePackage` throws
 */
export function loadPackage(path: string): LoadedPackage {
  const file = readUserFile(path, limits.packageBytesMax);
  const { manifest, digest, signatures } = decodePackage(file);
  if (signatures.length === 0) throw new LlnError('PACKAGE_UNSIGNED', `${path} carries no signature`, { path });
  return { file, identity: { digest, name: manifest.name, version: manifest.version } };
}

/** A registered package as people name it: `name@version`, or `name@vVERSION`. @throws LlnError USAGE */
export function parsePackageName(text: string): Pick<PackageIdentity, 'name' | 'version'> {
  const at = text.lastIndexOf('@');
  const name = text.slice(0, Math.max(0, at));
  const version = parseVersion(text.slice(at + 1));
  if (!satisfies(packageNameSchema, name)) throw new LlnError('USAGE', `"${text}" does not look like name@1.2.3`);
  return { name, version };
}

/** A version as people write it, with or without the "v" of a tag. @throws LlnError USAGE */
export function parseVersion(text: string): PackageIdentity['version'] {
  const version = text.replace(/^v/, '');
  if (satisfies(packageVersionSchema, version)) return version;
  throw new LlnError('USAGE', `"${text}" is not a version such as 1.2.3`);
}

/** The digest of a registered package. @throws LlnError PACKAGE_UNKNOWN */
export async function findRegistered(
  client: CoordinatorClient,
  wanted: Pick<PackageIdentity, 'name' | 'version'>,
): Promise<Digest> {
  const { packages } = await client.request({ kind: 'packages' });
  const found = packages.find((view: PackageView) => view.name === wanted.name && view.version === wanted.version);
  if (found !== undefined) return found.digest;
  throw new LlnError('PACKAGE_UNKNOWN', `no package ${wanted.name}@${wanted.version} is registered`);
}
