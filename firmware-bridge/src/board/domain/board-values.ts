import type { DeviceKind, FigureSource, SlotName } from '@liquid-lln/protocol';

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
