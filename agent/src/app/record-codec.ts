import { LlnError, parseWith } from '@liquid-lln/protocol';
import { decodeFrames, encodeFrame } from '../domain/framing.js';
import { type StoreRecord, storeRecordSchema } from '../domain/store-record.js';

/** The state record as bytes: one frame with a checksum. */
export function encodeRecord(record: StoreRecord): Uint8Array {
  return encodeFrame(record);
}

/** @throws LlnError STORE_CORRUPT */
export function decodeRecord(data: Uint8Array): StoreRecord {
  const { values, intactBytes } = decodeFrames(data);
  if (values.length !== 1 || intactBytes !== data.length) {
    throw new LlnError('STORE_CORRUPT', 'the state record fails its checksum', { bytes: data.length });
  }
  return parseWith(storeRecordSchema, values[0], 'the state record', 'STORE_CORRUPT');
}
