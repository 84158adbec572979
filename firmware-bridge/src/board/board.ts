import type { DeviceKind, FigureSource, GoldenVector, SlotName } from '@liquid-lln/protocol';

/** What a board says of itself: enough to know, before a byte is sent, whether a network fits. */
export interface BoardInfo {
  readonly kind: DeviceKind;
  readonly firmwareVersion: string;
  readonly kernelAbi: number;
  /** The processor's unique id, in hexadecimal digits. */
  readonly id: string;
  readonly messageBytesMax: number;
  readonly slotBytes: Readonly<Record<SlotName, number>>;
  readonly scratchBytes: number;
  readonly stateBytes: number;
  /** Cycles a second; null where the board does not count them. */
  readonly cyclesPerSecond: number | null;
  readonly live: SlotName | null;
  /** Until the running trial ends unless it is confirmed; null without one. */
  readonly trialSecondsLeft: number | null;
}

/** A slot as the board reports it, in MCUboot's words. */
export interface BoardImage {
  readonly slot: SlotName;
  /** SHA-256 of the network image: not the digest of the package that it came in. */
  readonly hash: string;
  readonly version: string;
  readonly isBootable: boolean;
  readonly isPending: boolean;
  readonly isConfirmed: boolean;
  readonly isActive: boolean;
}

export interface BoardInference {
  /** Which network; the live one if null. */
  readonly slot: SlotName | null;
  /** steps x inputs */
  readonly inputs: Float32Array;
  /** One for each step. */
  readonly timeSteps: Float32Array;
  /** The state to go on from; the initial one if null. */
  readonly state: Float32Array | null;
}

export interface BoardAnswer {
  readonly slot: SlotName;
  /** steps x outputs */
  readonly outputs: Float32Array;
  /** After the last step. */
  readonly state: Float32Array;
  /** What the kernel took on the board, for all steps, without the link. */
  readonly kernelUs: number;
  readonly cycles: number | null;
}

/** Why a board started last. */
export type BoardResetCause =
  | 'unknown'
  | 'power'
  | 'pin'
  | 'software'
  | 'watchdog'
  | 'fault'
  | 'flash-fault'
  | 'brown-out';

export interface BoardHealth {
  readonly uptimeMs: number;
  readonly inferences: number;
  readonly errors: number;
  /** Cycles of an inference since the last reset; null where the board does not count them, or has made none. */
  readonly cycles: { readonly min: number; readonly mean: number; readonly max: number } | null;
  readonly stackBytesUsed: number;
  readonly stackBytes: number;
  readonly resetCause: BoardResetCause;
  readonly boots: number;
  readonly reverts: number;
  /** Of each sector, since the flash was new. */
  readonly erasures: readonly number[];
  readonly received: { readonly bytes: number; readonly bad: number; readonly lost: number };
  readonly temperatureC: number | null;
  readonly powerMw: { readonly value: number; readonly source: FigureSource } | null;
}

/** The first value of a golden vector whose bits differ on the board. */
export interface BoardDifference {
  readonly vector: number;
  readonly what: 'outputs' | 'state';
  /** Which value of it, counted from the vector's beginning. */
  readonly at: number;
  readonly expectedBits: number;
  readonly actualBits: number;
}

export interface BoardProfile {
  readonly stepCycles: number;
  readonly cyclesPerSecond: number | null;
  readonly tables: readonly {
    readonly kind: number;
    readonly inputs: number;
    readonly outputs: number;
    readonly heads: number;
    readonly cycles: number;
  }[];
}

export interface BoardLogLine {
  readonly sequence: number;
  readonly uptimeMs: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

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
