import { Decoder, Encoder } from 'cbor-x';
import type * as v from 'valibot';
import { LlnError } from '../base/errors.js';
import { limits } from '../base/limits.js';
import { parseWith } from '../base/schema.js';
import { hasCborTag } from './cbor-tags.js';

// Plain RFC 8949 maps with text keys: no record extension, so that any CBOR library reads them.
const encoder = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false });
const decoder = new Decoder({ useRecords: false, mapsAsObjects: true });

/** Encodes one value as CBOR. */
export function encodeCbor(value: unknown): Uint8Array {
  return encoder.encode(value);
}

/**
 * Decodes exactly one CBOR value without tags. Nothing of ours has any, and decoding some of them takes a time that grows
 * with the square of their size: minutes for a number of a megabyte.
 * @throws LlnError MESSAGE_INVALID if the bytes are not one well-formed value.
 */
export function decodeCbor(data: Uint8Array, what: string): unknown {
  if (hasCborTag(data)) throw new LlnError('MESSAGE_INVALID', `${what} holds a CBOR tag`, { what, bytes: data.length });
  try {
    return decoder.decode(data);
  } catch (cause) {
    throw new LlnError('MESSAGE_INVALID', `${what} is not well-formed CBOR`, { what, bytes: data.length }, cause);
  }
}

/** Encodes a message after checking it against its schema, so that nothing invalid leaves. */
export function encodeMessage<const S extends v.GenericSchema>(
  schema: S,
  message: v.InferInput<S>,
  what: string,
  bytesMax: number = limits.messageBytesMax,
): Uint8Array {
  const data = encodeCbor(parseWith(schema, message, what));
  if (data.length > bytesMax) {
    throw new LlnError('MESSAGE_TOO_LARGE', `${what} has ${data.length} bytes, the limit is ${bytesMax}`, { what });
  }
  return data;
}

/**
 * Decodes and checks a message that somebody sent.
 * @throws LlnError MESSAGE_INVALID or MESSAGE_TOO_LARGE
 */
export function decodeMessage<const S extends v.GenericSchema>(
  schema: S,
  data: Uint8Array,
  what: string,
  bytesMax: number = limits.messageBytesMax,
): v.InferOutput<S> {
  if (data.length > bytesMax) {
    throw new LlnError('MESSAGE_TOO_LARGE', `${what} has ${data.length} bytes, the limit is ${bytesMax}`, { what });
  }
  return parseWith(schema, decodeCbor(data, what), what);
}
