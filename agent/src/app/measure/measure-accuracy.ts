import { createHash } from 'node:crypto';
import {
  type DatasetReference,
  type Digest,
  type EvaluateFindings,
  findLabelColumn,
  LlnError,
  parseCsv,
  readSeries,
  type Series,
  shareInterval,
  truthsOf,
} from '@liquid-lln/protocol';
import { labelIndexOf } from '../../domain/inference-output.js';
import { attemptInference } from '../inference-attempt.js';
import type { MeasureContext, SpecOf } from './measurement.js';
import { Pacer } from './pacer.js';

/** Rows that one call carries: a client waits for it no longer than for a burst. */
const rowsPerCall = 32;
const attemptsMax = 5;

/**
 * Streams a dataset through the device's own engine, from the initial state at its first row, the state carried through
 * the whole of it, and counts the right decisions.
 * @throws LlnError INPUT_INVALID if dataset and package do not fit; TIMED_OUT if it does not come
 */
export async function measureAccuracy(
  { dataset, labelColumn }: SpecOf<'evaluate'>,
  context: MeasureContext,
): Promise<EvaluateFindings> {
  const { manifest } = context.subject.model.package;
  if (dataset.packageName !== null && dataset.packageName !== manifest.name)
    throw new LlnError('INPUT_INVALID', `dataset ${dataset.name} is for ${dataset.packageName}, not ${manifest.name}`);
  const { labels, kind } = manifest.outputs;
  if (kind !== 'logits' || labels === null)
    throw new LlnError('INPUT_INVALID', `${manifest.name} gives values, not labels: there is no accuracy`);
  const table = parseCsv(Buffer.from(await fetchDataset(dataset, context)).toString('utf8'));
  const column = findLabelColumn(table, labels, labelColumn);
  if (column === null) throw new LlnError('INPUT_INVALID', 'no column holds the right answers: name it');
  const truths = truthsOf(table, column, labels);
  const decisions = await decide(readSeries(manifest, table, null), context);
  const confusion = labels.map((_, truth) =>
    labels.map((__, decided) => truths.filter((own, row) => own === truth && decisions[row] === decided).length),
  );
  const right = confusion.reduce((sum, row, label) => sum + (row[label] ?? 0), 0);
  const known = manifest.datasets.find(({ name }) => name === dataset.name)?.digest ?? null;
  return {
    kind: 'evaluate',
    dataset: { name: dataset.name, digest: dataset.digest },
    /** The data that the package was made with are others. */
    isAsPacked: known === null ? null : known === dataset.digest,
    rows: truths.length,
    right,
    unusable: decisions.filter((decided) => decided === null).length,
    labels: [...labels],
    confusion,
    accuracy: right / truths.length,
    ...shareInterval(right, truths.length),
    minimum: manifest.budgets.accuracy,
  };
}

/** The label decided on for each row; null where the answer is unusable. */
async function decide({ inputs, timeSteps }: Series, context: MeasureContext): Promise<(number | null)[]> {
  const { subject, clock, share, signal, onProgress } = context;
  const { model } = subject;
  const { outputSize } = model.package.manifest.network;
  const pacer = new Pacer(clock, share, signal);
  const state = model.createState();
  const decisions: (number | null)[] = [];
  for (let from = 0; from < inputs.length; from += rowsPerCall) {
    const rows = Float32Array.from(inputs.slice(from, from + rowsPerCall).flat());
    const attempt = await attemptInference(
      model,
      state,
      rows,
      Float32Array.from(timeSteps.slice(from, from + rowsPerCall)),
    );
    if (attempt.outputs === null) throw new LlnError('OUTPUT_INVALID', attempt.isGood ? 'no outputs' : attempt.fault);
    for (let at = 0; at < attempt.outputs.length; at += outputSize)
      decisions.push(labelIndexOf(attempt.outputs.subarray(at, at + outputSize)));
    onProgress({ done: decisions.length, total: inputs.length, unit: 'rows' });
    await pacer.rest();
  }
  return decisions;
}

/** The chunks are content-addressed, as those of packages are: what arrives is what was registered, or nothing. */
async function fetchDataset(
  { digest, sizeBytes, name }: DatasetReference,
  { source, signal }: MeasureContext,
): Promise<Uint8Array> {
  await source.whenReachable(signal);
  const manifest = await retry(() => source.manifest(digest, signal), name);
  if (manifest.sizeBytes !== sizeBytes || manifest.chunkBytes * manifest.chunkDigests.length < sizeBytes)
    throw new LlnError('MESSAGE_INVALID', `the dataset ${name} does not travel in the size that was announced`);
  const chunks: Uint8Array[] = [];
  for (const [index, chunkDigest] of manifest.chunkDigests.entries()) {
    const chunk = await retry(() => source.chunk(digest, index, signal), name);
    if (sha256(chunk) !== chunkDigest)
      throw new LlnError('MESSAGE_INVALID', `chunk ${index} of dataset ${name} is damaged`);
    chunks.push(chunk);
  }
  const file = Buffer.concat(chunks);
  if (sha256(file) !== digest) throw new LlnError('MESSAGE_INVALID', `the dataset ${name} is not what its digest says`);
  return file;
}

async function retry<T>(ask: () => Promise<T | null>, name: string): Promise<T> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const answer = await ask();
    if (answer !== null) return answer;
  }
  throw new LlnError('TIMED_OUT', `the dataset ${name} did not come`);
}

function sha256(data: Uint8Array): Digest {
  return createHash('sha256').update(data).digest('hex') as Digest;
}
