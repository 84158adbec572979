import {
  type DatasetReference,
  type DatasetView,
  LlnError,
  type MeasurementSpec,
  type PackageName,
} from '@liquid-lln/protocol';

export type DatasetRecord = DatasetView;

/** Registered datasets. */
export const datasetsMax = 64;

/** @throws LlnError DATASET_TAKEN if the name belongs to other data, STORAGE_FULL if there are too many */
export function refuseDataset(known: ReadonlyMap<string, DatasetRecord>, { name, digest }: DatasetReference): void {
  const taken = known.get(name);
  if (taken !== undefined && taken.digest !== digest)
    throw new LlnError('DATASET_TAKEN', `dataset ${name} already is ${taken.digest}`, { name });
  if (taken === undefined && known.size >= datasetsMax)
    throw new LlnError('STORAGE_FULL', `${datasetsMax} datasets are registered`);
}

/**
 * The dataset that a measurement needs: the one named, or for a verification the one that is for the package.
 * @throws LlnError DATASET_UNKNOWN if the one named is not registered, or is another one by now
 */
export function datasetFor(
  spec: MeasurementSpec,
  packages: ReadonlySet<PackageName>,
  known: ReadonlyMap<string, DatasetRecord>,
): DatasetRecord | null {
  if (spec.kind === 'evaluate') {
    const found = known.get(spec.dataset.name);
    if (found?.digest === spec.dataset.digest) return found;
    throw new LlnError('DATASET_UNKNOWN', `no dataset ${spec.dataset.name} is registered`, { name: spec.dataset.name });
  }
  if (spec.kind !== 'verify' || !spec.checks.includes('accuracy')) return null;
  const all = [...known.values()].sort((a, b) => a.addedMs - b.addedMs);
  const own = all.find(({ packageName }) => packageName !== null && packages.has(packageName));
  return own ?? all.find(({ packageName }) => packageName === null) ?? null;
}

/** A dataset as devices are told of it. */
export function referenceOf({ name, digest, sizeBytes, packageName }: DatasetRecord): DatasetReference {
  return { name, digest, sizeBytes, packageName };
}
