import { type DatasetReference, LlnError, parseCsv } from '@liquid-lln/protocol';
import { type DatasetRecord, refuseDataset } from '../../domain/dataset.js';
import type { Handler, OperatorComponents } from './operator-context.js';

/** Registers an uploaded file as a dataset. The same once more changes nothing. */
export const addDataset: Handler<'dataset-add'> = async (request, { actor }, components) => {
  const { ledger, files, clock } = components;
  const { name, fileDigest, packageName } = request;
  const known = ledger.state.datasets.get(name);
  if (known?.digest === fileDigest && known.packageName === packageName) return { of: 'dataset-add', dataset: known };
  const { file, rows, columns } = await readTable(request, components);
  const reference: DatasetReference = { name, digest: fileDigest, sizeBytes: file.length, packageName };
  refuseDataset(ledger.state.datasets, reference);
  await files.saveDataset(fileDigest, file);
  const dataset: DatasetRecord = { ...reference, rows, columns, addedMs: clock.wallMs(), addedBy: actor };
  await ledger.change((state) => {
    refuseDataset(state.datasets, dataset);
    const detail = `${dataset.digest}, ${rows} rows, for ${packageName ?? 'any package'}`;
    const entry = { atMs: dataset.addedMs, actor, action: 'dataset-registered', subject: name, reason: null, detail };
    return {
      changes: [
        { kind: 'put-dataset', dataset },
        { kind: 'add-audit', entry },
      ],
      result: null,
    };
  });
  await files.discardUpload(fileDigest);
  return { of: 'dataset-add', dataset };
};

export const listDatasets: Handler<'datasets'> = async (_request, _caller, { ledger }) => ({
  of: 'datasets',
  datasets: [...ledger.state.datasets.values()],
});

/** A file that no device could use is not kept. */
async function readTable(
  { fileDigest }: Parameters<Handler<'dataset-add'>>[0],
  { files, packages }: OperatorComponents,
): Promise<{ file: Uint8Array; rows: number; columns: string[] }> {
  const file = await files.readUpload(fileDigest);
  try {
    if (packages.digestOfFile(file) !== fileDigest)
      throw new LlnError('PACKAGE_DIGEST_MISMATCH', 'the uploaded file is not the one that was announced');
    const table = parseCsv(Buffer.from(file).toString('utf8'));
    return { file, rows: table.rows.length, columns: table.columns.slice(0, 256).map((name) => name.slice(0, 64)) };
  } catch (thrown) {
    await files.discardUpload(fileDigest);
    throw thrown;
  }
}
