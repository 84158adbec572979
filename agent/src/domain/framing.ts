import { crc32, decodeCbor, encodeCbor } from '@liquid-lln/protocol';

/** u32 length of the payload, u32 CRC-32 of it, both little-endian. */
const headerBytes = 8;
const payloadBytesMax = 1024 * 1024;

/** One value as a frame that tells whether it is whole. */
export function encodeFrame(value: unknown): Uint8Array {
  const payload = encodeCbor(value);
  const frame = new Uint8Array(headerBytes + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, payload.length, true);
  view.setUint32(4, crc32(payload), true);
  frame.set(payload, headerBytes);
  return frame;
}

/** All whole frames from the start of `data`, and how many bytes they take: what follows is torn or damaged. */
export function decodeFrames(data: Uint8Array): { readonly values: readonly unknown[]; readonly intactBytes: number } {
  const values: unknown[] = [];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let offset = 0;
  while (offset + headerBytes <= data.length) {
    const length = view.getUint32(offset, true);
    const end = offset + headerBytes + length;
    if (length > payloadBytesMax || end > data.length) break;
    const payload = data.subarray(offset + headerBytes, end);
    if (crc32(payload) !== view.getUint32(offset + 4, true)) break;
    values.push(decodeCbor(payload, 'a frame of the store'));
    offset = end;
  }
  return { values, intactBytes: offset };
}
