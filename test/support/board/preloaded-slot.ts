import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { crc32 } from '@liquid-lln/protocol';

/** Sectors and words of docs/spec/board.md, section 7; slot blue of QEMU's board begins behind both journals. */
const sectorBytes = 128 * 1024;
const blueOffset = 2 * sectorBytes;
const wordBytes = 32;
const crcOffset = 28;

/**
 * Puts a network image into slot blue of an emulated board's flash file, as an upload leaves it there. The board finds
 * it at its next start. For images that would take minutes over an emulated line.
 */
export async function preloadBlue(flashFile: string, image: Uint8Array): Promise<void> {
  const header = Buffer.alloc(2 * wordBytes);
  header.write('LLNS', 'latin1');
  header.writeUInt32LE(image.length, 4);
  createHash('sha256').update(image).digest().copy(header, wordBytes);
  const covered = Buffer.concat([header.subarray(0, crcOffset), header.subarray(wordBytes)]);
  header.writeUInt32LE(crc32(covered), crcOffset);
  const file = await open(flashFile, 'r+');
  await file.write(Buffer.concat([header, image]), 0, header.length + image.length, blueOffset);
  await file.close();
}
