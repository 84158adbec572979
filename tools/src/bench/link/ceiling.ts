/** Start and stop bit around each byte. */
const bitsPerByte = 10;
/** Raw bytes and characters of a line, with its two bytes of mark and its line feed (docs/spec/board.md, section 1). */
const rawPerLine = 93;
const aroundLine = 3;
/** Length and checksum of a packet. */
const aroundPacket = 4;
/** Header, keys and numbers of a chunk's message, nearly: a few bytes more for large offsets. */
const aroundChunk = 28;

/** Bytes a second that a serial line carries. */
export function lineBytesPerSecond(baud: number): number {
  return baud / bitsPerByte;
}

/** Bytes on the line for a chunk of an upload of that many bytes. */
export function lineBytesOf(chunkBytes: number): number {
  const raw = chunkBytes + aroundChunk + aroundPacket;
  return Math.ceil(raw / rawPerLine) * aroundLine + Math.ceil(raw / 3) * 4;
}

/** Bytes of an image that can come over a line in a second if it never rests. */
export function uploadCeiling(baud: number, chunkBytes: number): number {
  return (lineBytesPerSecond(baud) * chunkBytes) / lineBytesOf(chunkBytes);
}
