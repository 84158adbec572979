import { fileURLToPath } from 'node:url';
import type { DeviceKind } from '@liquid-lln/protocol';

/** Boards that run on this machine: a Linux process, and a Cortex-M7 under QEMU. */
export type LocalBoardKind = 'posix' | 'mps2-an500';

/** Where `build-firmware.mjs` puts the firmware of a board; it need not be there yet. */
export function boardProgramPath(kind: Exclude<DeviceKind, 'native'>): string {
  return fileURLToPath(new URL(`../../build/liquid-lln-board-${kind}`, import.meta.url));
}
