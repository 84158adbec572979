import { type Clock, type LiquidPackage, LlnError } from '@liquid-lln/protocol';
import type { Board } from '../../ports/board.js';
import type { BoardLine } from './board-line.js';

export interface InstallComponents {
  readonly board: Board;
  readonly line: BoardLine;
  readonly clock: Clock;
}

/** How long a board may be away in the middle of an upload; one that is back by then goes on where it stopped. */
const awayMsMax = 30_000;
const lookMs = 1_000;

/**
 * Brings a package's network to the board and has the board compute every golden vector, in a slot that need not be
 * live. What fails that is erased again.
 * @throws LlnError BOARD_TOO_SMALL with the number that failed, GOLDEN_VECTORS_FAILED with the first value that differs,
 * BOARD_UNREACHABLE, BOARD_REFUSED; or the signal's reason
 */
export async function installOnBoard(
  components: InstallComponents,
  content: LiquidPackage,
  signal: AbortSignal,
): Promise<void> {
  const abort = new AbortController();
  const onAbort = () => abort.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', onAbort, { once: true });
  const watch = watchPresence(components, () => {
    abort.abort(new LlnError('BOARD_UNREACHABLE', `the board was away for ${awayMsMax / 1_000} s`));
  });
  try {
    await install(components, content, abort.signal);
  } finally {
    watch.cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

function watchPresence({ clock, line }: InstallComponents, giveUp: () => void) {
  let seenMs = clock.monotonicMs();
  return clock.every(lookMs, () => {
    if (line.isReachable) seenMs = clock.monotonicMs();
    else if (clock.monotonicMs() - seenMs > awayMsMax) giveUp();
  });
}

async function install(
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
