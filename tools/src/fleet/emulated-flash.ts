import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';

/** QEMU keeps the board's flash in a memory of exactly this size, which is a file. */
const flashBytes = 16 * 1024 * 1024;
const erased = 0xff;
/** The id that a board is born with fills the end of the file. */
const idBytes = 16;

/** Makes the flash of an emulated board as it is delivered (docs/FIRMWARE.md): erased, with an id that its name gives. */
export function deliverFlash(path: string, name: string): void {
  const flash = Buffer.alloc(flashBytes, erased);
  createHash('sha256')
    .update(name)
    .digest()
    .copy(flash, flashBytes - idBytes, 0, idBytes);
  writeFileSync(path, flash, { flag: 'wx' });
}
