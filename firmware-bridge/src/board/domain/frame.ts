import { crc16 } from './crc16.js';

/** The bytes that begin a packet's first line, and each further one; none of them occurs in base64. */
export const lineStarts = { first: [0x06, 0x09], further: [0x04, 0x14] } as const;
export const lineEnd = 0x0a;
/** Characters of base64 in a line, and the bytes that they stand for. */
export const lineCharactersMax = 124;
const lineBytesMax = 93;

/** A packet as it travels on a serial line (docs/spec/board.md, section 1). */
export function encodeFrame(message: Uint8Array): Uint8Array {
  const packet = Buffer.alloc(message.length + 4);
  packet.writeUInt16BE(message.length + 2, 0);
  packet.set(message, 2);
  packet.writeUInt16BE(crc16(message), message.length + 2);
  const lines: Buffer[] = [];
  for (let start = 0; start < packet.length; start += lineBytesMax) {
    const text = packet.toString('base64', start, Math.min(start + lineBytesMax, packet.length));
    lines.push(Buffer.from(start === 0 ? lineStarts.first : lineStarts.further), Buffer.from(`${text}\n`, 'latin1'));
  }
  return Buffer.concat(lines);
}

/**
 * The message of a packet whose lines are all there.
 * @returns null if its checksum is wrong.
 */
export function openPacket(packet: Uint8Array): Uint8Array | null {
  const message = packet.subarray(2, -2);
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  return crc16(message) === view.getUint16(packet.length - 2) ? message : null;
}

/** How many bytes a packet has that begins like this one; null if that is not known yet. */
export function packetBytesOf(beginning: Uint8Array): number | null {
  const [high, low] = beginning;
  return high === undefined || low === undefined ? null : 2 + high * 256 + low;
}
