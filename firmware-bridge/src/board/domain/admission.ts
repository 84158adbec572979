import { LlnError, type SlotName } from '@liquid-lln/protocol';
import type { BoardInfo } from './board-values.js';

/** What a network asks of a board. */
export interface Requirements {
  readonly kernelAbi: number;
  readonly imageBytes: number;
  readonly scratchBytes: number;
  readonly stateBytes: number;
  /** Of the longest message that one step takes. */
  readonly messageBytes: number;
}

/** One number of a board that has to be at least what a network needs. */
interface Room {
  readonly what: string;
  readonly needed: number;
  readonly available: number;
}

/**
 * Whether a network fits a board, told by what the board says of itself.
 * @throws LlnError BOARD_TOO_SMALL with the number that failed, IMAGE_ABI_UNSUPPORTED
 */
export function checkAdmission(needs: Requirements, info: BoardInfo, slot: SlotName): void {
  if (needs.kernelAbi !== info.kernelAbi) {
    const message = `the network image is for kernel ABI ${needs.kernelAbi}, the board has ${info.kernelAbi}`;
    throw new LlnError('IMAGE_ABI_UNSUPPORTED', message, { needed: needs.kernelAbi, available: info.kernelAbi });
  }
  const rooms: readonly Room[] = [
    { what: `slot ${slot}`, needed: needs.imageBytes, available: info.slotBytes[slot] },
    { what: 'scratch memory', needed: needs.scratchBytes, available: info.scratchBytes },
    { what: 'state memory', needed: needs.stateBytes, available: info.stateBytes },
    { what: 'a message', needed: needs.messageBytes, available: info.messageBytesMax },
  ];
  const short = rooms.find(({ needed, available }) => needed > available);
  if (short !== undefined) throw tooSmall(short);
}

/** The error for a board that has too little of something. */
export function tooSmall({ what, needed, available }: Room): LlnError {
  const message = `the network needs ${needed} bytes of ${what}, the board has ${available}`;
  return new LlnError('BOARD_TOO_SMALL', message, { what, needed, available });
}
