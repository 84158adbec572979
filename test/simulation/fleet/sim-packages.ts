import type { FakeBehaviour } from '@liquid-lln/agent/testing';
import { type Digest, decodePackage, type PackageReference } from '@liquid-lln/protocol';
import { tinyPackage } from '../../support/tiny-package.js';

/** What is wrong with a package; null if nothing is. */
export type Fault = 'slow' | 'nonsense' | 'throws' | 'wrong-vectors' | 'late' | null;

export interface SimPackage {
  readonly file: Uint8Array;
  readonly reference: PackageReference;
  readonly fault: Fault;
}

/** How long a package with the fault `late` behaves, in inferences of one device. */
const lateInferences = 400;

function make(version: string, weight: number, fault: Fault): SimPackage {
  const file = tinyPackage({ version, weight });
  const { digest, manifest } = decodePackage(file);
  return { file, fault, reference: { digest, name: manifest.name, version: manifest.version, sizeBytes: file.length } };
}

export const firstPackage = make('1.0.0', 0.1, null);

/** Valid and signed, all of them; what is wrong shows when they run. */
export const simPackages: readonly SimPackage[] = [
  firstPackage,
  make('1.1.0', 0.2, null),
  make('1.2.0', 0.3, null),
  make('2.0.0', 0.4, 'slow'),
  make('2.1.0', 0.5, 'nonsense'),
  make('2.2.0', 0.6, 'throws'),
  make('2.3.0', 0.7, 'wrong-vectors'),
  make('2.4.0', 0.8, 'late'),
];

export const faultOf = (digest: Digest): Fault =>
  simPackages.find(({ reference }) => reference.digest === digest)?.fault ?? null;

/** Packages that a device must never confirm. */
export const isAlwaysBad = (digest: Digest): boolean => ![null, 'late'].includes(faultOf(digest));

/** The behaviour of every package on one device. */
export function behavioursOf(): Map<Digest, FakeBehaviour> {
  return new Map(simPackages.map(({ reference, fault }) => [reference.digest, behaviourOf(fault)]));
}

function behaviourOf(fault: Fault): FakeBehaviour {
  switch (fault) {
    case 'slow':
      return { answer: () => 0.5, latencyUs: 9_000 };
    case 'nonsense':
      return { answer: () => Number.NaN, latencyUs: 100 };
    case 'throws':
      return {
        answer: () => {
          throw new Error('the engine fails');
        },
        latencyUs: 100,
      };
    case 'late': {
      let answered = 0;
      return {
        answer: () => {
          answered += 1;
          return answered > lateInferences ? Number.NaN : 0.5;
        },
        latencyUs: 100,
      };
    }
    default:
      return { answer: () => 0.5, latencyUs: 100 };
  }
}
