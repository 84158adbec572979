import { type LiquidPackage, LlnError } from '@liquid-lln/protocol';
import type { Board } from '../../ports/board.js';
import type { BoardLine } from './board-line.js';

export interface InstallComponents {
  readonly board: Board;
  readonly line: BoardLine;
}

/**
 * Brings a package's network to the board and has the board compute every golden vector, in a slot that need not be
 * live. What fails that is erased again.
 * @throws LlnError BOARD_TOO_SMALL with the number that failed, GOLDEN_VECTORS_FAILED with the first value that differs,
 * BOARD_UNREACHABLE, BOARD_REFUSED; or the signal's reason
 */
export async function installOnBoard(
  { board, line }: InstallComponents,
  { image, manifest }: LiquidPackage,
  signal: AbortSignal,
): Promise<void> {
  const slot = await board.upload(image, { signal });
  signal.throwIfAborted();
  const difference = await board.verify(slot, manifest.goldenVectors, signal);
  if (difference === null) return line.learn(await board.images());
  const images = await board.images();
  if (images.some((candidate) => candidate.slot === slot && !candidate.isActive)) await board.erase(slot);
  line.learn(await board.images());
  const { vector, what, at, expectedBits, actualBits } = difference;
  const place = what === 'state' ? `value ${at} of the final state` : `output ${at}`;
  throw new LlnError(
    'GOLDEN_VECTORS_FAILED',
    `golden vector ${vector} on the board: ${place} has the bits ${hex(actualBits)} instead of ${hex(expectedBits)}`,
    { vector, place, expected: hex(expectedBits), actual: hex(actualBits) },
  );
}

function hex(bits: number): string {
  return `0x${bits.toString(16).padStart(8, '0')}`;
}
