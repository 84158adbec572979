import { createHash } from 'node:crypto';
import {
  type ChecklistPolicy,
  defaultChecklistPolicy,
  type PackageReader,
  type Secrets,
} from '@liquid-lln/coordinator';
import { decodePackage, digestSchema, parseWith, rolloutIdSchema, splitPackage } from '@liquid-lln/protocol';

/** Chance without chance, over all lives of a coordinator. */
export function countingSecrets(): Secrets {
  let made = 0;
  const next = () => String(++made).padStart(6, '0');
  const hash = (secret: string) => createHash('sha256').update(secret).digest('hex');
  return {
    newRolloutId: () => parseWith(rolloutIdSchema, `r-${next()}`, 'rollout id'),
    newSeed: () => `seed-${next()}`,
    newSecret: () => `secret-${next()}`,
    hash,
    matches: (secret, hashed) => hash(secret) === hashed,
  };
}

/** Believes every well-formed package: signatures are tested elsewhere. */
export const trustingReader: PackageReader = {
  verify: (file) => {
    const { digest, manifest, image } = decodePackage(file);
    const { name, version, kernelAbi } = manifest;
    return { identity: { digest, name, version }, needs: { kernelAbi, imageBytes: image.length }, signedBy: ['k'] };
  },
  digestOfFile: (file) => parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest'),
  split: splitPackage,
};

/** For fleets whose story is not about what a package needs for production. */
export const nothingRequired: ChecklistPolicy = { ...defaultChecklistPolicy, required: new Set() };
