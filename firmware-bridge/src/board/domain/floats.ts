import { LlnError } from '@liquid-lln/protocol';

/** Vectors travel as little-endian float32 values. */
export function toBytes(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setFloat32(i * 4, value, true);
  return bytes;
}

/** @throws LlnError MESSAGE_INVALID if the bytes are not whole values. */
export function toFloats(bytes: Uint8Array, what: string): Float32Array {
  if (bytes.length % 4 !== 0) throw new LlnError('MESSAGE_INVALID', `${what} has ${bytes.length} bytes`, { what });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}
