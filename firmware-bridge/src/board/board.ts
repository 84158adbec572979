import type { GoldenVector, SlotName } from '@liquid-lln/protocol';
import type {
  BoardAnswer,
  BoardDifference,
  BoardHealth,
  BoardImage,
  BoardInference,
  BoardInfo,
  BoardLogLine,
  BoardProfile,
} from './domain/board-values.js';

export interface UploadOptions {
  readonly signal: AbortSignal;
  /** Chunks under way at once; at most what the board takes. */
  readonly window?: number;
  /** After each chunk that the board has. */
  onProgress?(bytesDone: number, bytes: number): void;
}

/**
 * A board at the end of a line. Every call has a timeout and is tried again a bounded number of times, as the commands
 * allow (docs/spec/board.md). A board that is unplugged comes back by itself: calls made meanwhile wait for it as long as
 * their timeout.
 *
 * @throws LlnError BOARD_UNREACHABLE if no answer comes, BOARD_REFUSED with the board's own code, BOARD_TOO_SMALL (of
 * `upload`, before a byte is sent) with the number that failed
 */
export interface Board {
  info(): Promise<BoardInfo>;
  images(): Promise<readonly BoardImage[]>;
  /**
   * Brings a network image into the slot on standby, going on where an interrupted upload stopped. Does nothing if it is
   * there already.
   */
  upload(image: Uint8Array, options: UploadOptions): Promise<SlotName>;
  /** Null if the board computes every vector to the bit. Leaves the live network alone. */
  verify(slot: SlotName, vectors: readonly GoldenVector[], signal: AbortSignal): Promise<BoardDifference | null>;
  /** Makes the image with this hash live, on trial for `trialSeconds`, and waits until the board is back. */
  startTrial(hash: string, trialSeconds: number): Promise<void>;
  /** Ends the live network's trial for good. */
  confirm(): Promise<void>;
  /** Makes the image with this hash live without a trial (it was confirmed once), and waits until the board is back. */
  makeLive(hash: string): Promise<void>;
  erase(slot: SlotName): Promise<void>;
  infer(request: BoardInference): Promise<BoardAnswer>;
  health(): Promise<BoardHealth>;
  profile(slot: SlotName | null, runs: number): Promise<BoardProfile>;
  /** Lines from `from` on that the board still has, and how many it has lost since. */
  log(from: number): Promise<{ readonly lines: readonly BoardLogLine[]; readonly next: number; readonly lost: number }>;
  /** Restarts the board and waits until it is back. */
  reset(): Promise<void>;
  /** Whether the line is open; the board at its end may still be silent. */
  readonly isConnected: boolean;
  close(): Promise<void>;
}
