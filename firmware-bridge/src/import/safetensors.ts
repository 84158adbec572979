import { LlnError, parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';

/** A float32 tensor, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export type Tensors = ReadonlyMap<string, Tensor>;

const headerBytesMax = 1024 * 1024;
const tensorsMax = 4_096;
const lengthBytes = 8;

const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const entrySchema = v.strictObject({
  dtype: v.literal('F32'),
  shape: v.pipe(v.array(v.pipe(size, v.minValue(1))), v.maxLength(8)),
  data_offsets: v.tuple([size, size]),
});
type Entry = v.InferOutput<typeof entrySchema> & { readonly name: string };

/**
 * Reads a safetensors file strictly: float32 tensors only, which fill the data part without gap or overlap.
 * @throws LlnError SAFETENSORS_INVALID
 */
export function parseSafetensors(file: Uint8Array): Tensors {
  const { header, dataStart } = splitHeader(file);
  const entries = readEntries(header);
  const data = file.subarray(dataStart);
  checkCoverage(entries, data.length);
  return new Map(entries.map((entry) => [entry.name, { shape: entry.shape, values: readValues(data, entry) }]));
}

function splitHeader(file: Uint8Array): { header: unknown; dataStart: number } {
  if (file.length < lengthBytes) fail(`it has ${file.length} bytes, fewer than its length field`);
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > headerBytesMax) fail(`its header says ${length} bytes; the limit is ${headerBytesMax}`);
  const dataStart = lengthBytes + Number(length);
  if (dataStart > file.length)
    fail(`its header ends at byte ${dataStart}, behind the end of the file (${file.length})`);
  return { header: parseJson(file.subarray(lengthBytes, dataStart)), dataStart };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new LlnError('SAFETENSORS_INVALID', 'the header of the weights file is not JSON', {}, error);
  }
}

function readEntries(header: unknown): Entry[] {
  const table = parseWith(v.record(v.string(), v.unknown()), header, 'weights file header', 'SAFETENSORS_INVALID');
  const named = Object.entries(table).filter(([name]) => name !== '__metadata__');
  if (named.length > tensorsMax) fail(`it has ${named.length} tensors; the limit is ${tensorsMax}`);
  const entries = named.map(([name, entry]) => ({
    name,
    ...parseWith(entrySchema, entry, `tensor ${name}`, 'SAFETENSORS_INVALID'),
  }));
  return entries.sort((a, b) => a.data_offsets[0] - b.data_offsets[0]);
}

/** Tensors, sorted by their place, must follow one another from the first byte of the data to its last. */
function checkCoverage(entries: readonly Entry[], dataBytes: number): void {
  let cursor = 0;
  for (const { name, shape, data_offsets: offsets } of entries) {
    const bytes = shape.reduce((product, length) => product * length, 4);
    if (offsets[0] !== cursor) fail(`tensor ${name} begins at ${offsets[0]} instead of ${cursor}`);
    if (offsets[1] - offsets[0] !== bytes) fail(`tensor ${name} of shape [${shape}] does not take ${bytes} bytes`);
    cursor = offsets[1];
    if (cursor > dataBytes) fail(`tensor ${name} ends at ${cursor}, behind the end of the data (${dataBytes})`);
  }
  if (cursor !== dataBytes) fail(`${dataBytes - cursor} bytes at its end belong to no tensor`);
}

function readValues(data: Uint8Array, entry: Entry): Float32Array {
  const [begin, end] = entry.data_offsets;
  const view = new DataView(data.buffer, data.byteOffset + begin, end - begin);
  const values = Float32Array.from({ length: (end - begin) / 4 }, (_, i) => view.getFloat32(i * 4, true));
  const faulty = values.findIndex((value) => !Number.isFinite(value));
  if (faulty >= 0) fail(`tensor ${entry.name} has the value ${values[faulty]} at ${faulty}`);
  return values;
}

function fail(what: string): never {
  throw new LlnError('SAFETENSORS_INVALID', `the weights file is invalid: ${what}`);
}
