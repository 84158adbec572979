import { LlnError } from '../base/errors.js';

/**
 * The subset of CBOR (RFC 8949) that signed content is written in: maps with text keys, arrays, texts, byte strings,
 * integers, 64-bit floats, booleans and null, in the deterministic encoding of section 4.2.1 (shortest heads, keys in
 * ascending order of their encoded bytes, nothing of indefinite length). Numbers that are safe integers are written as
 * integers, all others as 64-bit floats. So a value has exactly one encoding, and the decoder accepts no other:
 * that is why signed content does not pass through the general codec of messages.
 */
const depthMax = 16;

const majorUnsigned = 0;
const majorNegative = 1;
const majorBytes = 2;
const majorText = 3;
const majorArray = 4;
const majorMap = 5;
const majorSimple = 7;

const simpleFalse = 20;
const simpleTrue = 21;
const simpleNull = 22;
const simpleFloat64 = 27;

/** Encodes `value`; two equal values give the same bytes on any implementation of docs/SPEC.md. */
export function encodeDeterministic(value: unknown): Uint8Array {
  const parts: Uint8Array[] = [];
  writeValue(parts, value);
  return Buffer.concat(parts);
}

function writeValue(parts: Uint8Array[], value: unknown): void {
  if (value === null) parts.push(Uint8Array.of((majorSimple << 5) | simpleNull));
  else if (typeof value === 'boolean')
    parts.push(Uint8Array.of((majorSimple << 5) | (value ? simpleTrue : simpleFalse)));
  else if (typeof value === 'number') writeNumber(parts, value);
  else if (typeof value === 'string') writeText(parts, value);
  else if (value instanceof Uint8Array) parts.push(head(majorBytes, value.length), value);
  else if (Array.isArray(value)) writeArray(parts, value);
  else if (typeof value === 'object') writeMap(parts, value);
  else throw new LlnError('INTERNAL', `a ${typeof value} has no deterministic encoding`);
}

function writeNumber(parts: Uint8Array[], value: number): void {
  if (Number.isSafeInteger(value)) {
    parts.push(value < 0 ? head(majorNegative, -1 - value) : head(majorUnsigned, value));
    return;
  }
  const float = new Uint8Array(9);
  float[0] = (majorSimple << 5) | simpleFloat64;
  new DataView(float.buffer).setFloat64(1, value);
  parts.push(float);
}

function writeText(parts: Uint8Array[], value: string): void {
  const utf8 = Buffer.from(value, 'utf8');
  parts.push(head(majorText, utf8.length), utf8);
}

function writeArray(parts: Uint8Array[], values: readonly unknown[]): void {
  parts.push(head(majorArray, values.length));
  for (const value of values) writeValue(parts, value);
}

function writeMap(parts: Uint8Array[], map: object): void {
  const entries = Object.entries(map).map(([key, value]): [Uint8Array, unknown] => [encodeDeterministic(key), value]);
  entries.sort(([left], [right]) => Buffer.compare(left, right));
  parts.push(head(majorMap, entries.length));
  for (const [key, value] of entries) {
    parts.push(key);
    writeValue(parts, value);
  }
}

/** The initial byte and its argument in the shortest form. */
function head(major: number, argument: number): Uint8Array {
  const initial = major << 5;
  if (argument < 24) return Uint8Array.of(initial | argument);
  const size = argument <= 0xff ? 1 : argument <= 0xffff ? 2 : argument <= 0xffffffff ? 4 : 8;
  const bytes = new Uint8Array(1 + size);
  const view = new DataView(bytes.buffer);
  bytes[0] = initial | (24 + Math.log2(size));
  if (size === 8) view.setBigUint64(1, BigInt(argument));
  else if (size === 4) view.setUint32(1, argument);
  else if (size === 2) view.setUint16(1, argument);
  else view.setUint8(1, argument);
  return bytes;
}

/**
 * Decodes exactly one deterministically encoded value.
 * @throws LlnError PACKAGE_MALFORMED with the offset of whatever is not the one encoding of its value.
 */
export function decodeDeterministic(data: Uint8Array, what: string): unknown {
  const reader = new DeterministicReader(data, what);
  const value = reader.readValue(0);
  reader.finish();
  return value;
}

interface Head {
  readonly major: number;
  readonly info: number;
  readonly argument: number;
}

class DeterministicReader {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #offset = 0;

  constructor(data: Uint8Array, what: string) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#what = what;
  }

  readValue(depth: number): unknown {
    if (depth > depthMax) throw this.#fault(`nesting is deeper than ${depthMax}`);
    const { major, info, argument } = this.#readHead();
    switch (major) {
      case majorUnsigned:
        return argument;
      case majorNegative:
        return this.#negative(argument);
      case majorBytes:
        return new Uint8Array(this.#take(argument));
      case majorText:
        return this.#text(argument);
      case majorArray:
        return this.#array(argument, depth);
      case majorMap:
        return this.#map(argument, depth);
      case majorSimple:
        return this.#simple(info);
      default:
        throw this.#fault('tags are not allowed');
    }
  }

  finish(): void {
    if (this.#offset !== this.#data.length) throw this.#fault('bytes follow the value');
  }

  #readHead(): Head {
    const initial = this.#take(1)[0] ?? 0;
    const major = initial >>> 5;
    const info = initial & 0x1f;
    if (info < 24 || major === majorSimple) return { major, info, argument: info };
    if (info > 27) throw this.#fault('lengths must be definite');
    const argument = this.#readArgument(2 ** (info - 24));
    return { major, info, argument };
  }

  #readArgument(size: number): number {
    const start = this.#offset;
    this.#take(size);
    const argument =
      size === 8
        ? Number(this.#view.getBigUint64(start))
        : size === 4
          ? this.#view.getUint32(start)
          : size === 2
            ? this.#view.getUint16(start)
            : this.#view.getUint8(start);
    const smallest = size === 1 ? 24 : 2 ** (4 * size);
    if (argument < smallest) throw this.#fault('a number or length is not in its shortest form');
    if (argument > Number.MAX_SAFE_INTEGER) throw this.#fault('a number or length is too large');
    return argument;
  }

  #negative(argument: number): number {
    const value = -1 - argument;
    if (!Number.isSafeInteger(value)) throw this.#fault('a number is too large');
    return value;
  }

  #text(length: number): string {
    const utf8 = this.#take(length);
    try {
      return this.#utf8.decode(utf8);
    } catch {
      throw this.#fault('a text is not UTF-8');
    }
  }

  #array(length: number, depth: number): unknown[] {
    const values: unknown[] = [];
    this.#checkRoomFor(length);
    for (let index = 0; index < length; index += 1) values.push(this.readValue(depth + 1));
    return values;
  }

  #map(length: number, depth: number): object {
    const entries: [string, unknown][] = [];
    this.#checkRoomFor(length * 2);
    let previous: Uint8Array | null = null;
    for (let index = 0; index < length; index += 1) {
      const start = this.#offset;
      const key = this.readValue(depth + 1);
      if (typeof key !== 'string') throw this.#fault('a key is not a text');
      const encoded = this.#data.subarray(start, this.#offset);
      if (previous !== null && Buffer.compare(previous, encoded) >= 0) throw this.#fault('keys are not ascending');
      previous = encoded;
      entries.push([key, this.readValue(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  #simple(info: number): unknown {
    if (info === simpleFalse) return false;
    if (info === simpleTrue) return true;
    if (info === simpleNull) return null;
    if (info !== simpleFloat64) throw this.#fault('only false, true, null and 64-bit floats are allowed');
    const start = this.#offset;
    this.#take(8);
    const value = this.#view.getFloat64(start);
    const isIntegral = Number.isSafeInteger(value);
    if (isIntegral || !Number.isFinite(value)) throw this.#fault('a float is not finite, or is an integer');
    return value;
  }

  /** Every element takes a byte at least: refuses a length that cannot be true before anything is allocated for it. */
  #checkRoomFor(elements: number): void {
    if (elements > this.#data.length - this.#offset) throw this.#fault('a length exceeds what is there');
  }

  #take(length: number): Uint8Array {
    if (length > this.#data.length - this.#offset) throw this.#fault('it ends early');
    const taken = this.#data.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return taken;
  }

  #fault(problem: string): LlnError {
    const offset = this.#offset;
    return new LlnError('PACKAGE_MALFORMED', `${this.#what}: ${problem} (near byte ${offset})`, { offset });
  }
}
