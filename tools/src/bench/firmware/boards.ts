import type { Region } from './sections.js';

const kib = 1024;

/** Boards whose firmware a compiler for the Cortex-M7 makes. */
export type MeasuredBoard = 'stm32h743' | 'mps2-an500';

/** The boards whose firmware is measured, with the memory that their linker scripts name. */
export const measuredBoards: ReadonlyMap<MeasuredBoard, readonly Region[]> = new Map([
  [
    'stm32h743',
    [
      { name: 'itcm', start: 0x00000000, end: 64 * kib },
      { name: 'dtcm', start: 0x20000000, end: 0x20000000 + 128 * kib },
      { name: 'axi', start: 0x24000000, end: 0x24000000 + 512 * kib },
    ],
  ],
  [
    'mps2-an500',
    [
      { name: 'code', start: 0x00000000, end: 4096 * kib },
      { name: 'data', start: 0x20000000, end: 0x20000000 + 4096 * kib },
    ],
  ],
]);
