import { type Clock, LlnError, type SlotName } from '@liquid-lln/protocol';
import type { Board, BoardImage } from '../../ports/board.js';

/** How long a request waits for a board that restarts. */
const restartWaitMs = 20_000;
/** How long a restart waits for the requests that are with the board. */
const drainWaitMs = 5_000;

export interface BoardRun {
  /** Hash of the network image: its slot is the board's business. */
  readonly hash: string;
  readonly inputs: Float32Array;
  readonly timeSteps: Float32Array;
  readonly state: Float32Array | null;
}

/** Inferences on their way to a board: they wait while it restarts, so that a switch fails none. */
export class BoardLine {
  readonly #board: Board;
  readonly #clock: Clock;
  #slots: ReadonlyMap<string, SlotName> = new Map();
  #restart: Promise<void> | null = null;
  #underWay = 0;
  #drained: (() => void) | null = null;
  #linkUs = { sum: 0, count: 0 };
  isReachable = false;
  /** When it answered an inference last. */
  answeredMs = Number.NEGATIVE_INFINITY;

  constructor(components: { readonly board: Board; readonly clock: Clock }) {
    this.#board = components.board;
    this.#clock = components.clock;
  }

  /** Whether somebody restarts the board on purpose: its silence then means nothing. */
  get isRestarting(): boolean {
    return this.#restart !== null;
  }

  /** Which image is in which slot, as the board listed them last. */
  learn(images: readonly BoardImage[]): void {
    this.#slots = new Map(images.map(({ hash, slot }) => [hash, slot]));
  }

  /** @throws LlnError BOARD_UNREACHABLE, BOARD_REFUSED */
  async infer({ hash, inputs, timeSteps, state }: BoardRun) {
    if (this.#restart !== null) await this.#within(restartWaitMs, this.#restart);
    const slot = this.#slots.get(hash);
    if (!this.isReachable) throw new LlnError('BOARD_UNREACHABLE', 'the board does not answer');
    if (slot === undefined) throw new LlnError('BOARD_UNREACHABLE', 'the board does not have the package yet');
    this.#underWay += 1;
    const startedMs = this.#clock.monotonicMs();
    try {
      const answer = await this.#board.infer({ slot, inputs, timeSteps, state });
      this.answeredMs = this.#clock.monotonicMs();
      this.#linkUs.sum += Math.max(0, (this.answeredMs - startedMs) * 1_000 - answer.kernelUs);
      this.#linkUs.count += 1;
      return answer;
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#drained?.();
    }
  }

  /** Restarts the board, or does something that does, while no request is with it. */
  async quietly(restart: () => Promise<void>): Promise<void> {
    let open = () => {};
    this.#restart = new Promise((resolve) => {
      open = resolve;
    });
    try {
      await this.#drain();
      await restart();
    } finally {
      this.#restart = null;
      open();
    }
  }

  /** Mean time that line and queue added to an inference since the last call; null without any. */
  takeLinkUs(): number | null {
    const { sum, count } = this.#linkUs;
    this.#linkUs = { sum: 0, count: 0 };
    return count === 0 ? null : sum / count;
  }

  async #drain(): Promise<void> {
    if (this.#underWay === 0) return;
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    await this.#within(drainWaitMs, drained);
    this.#drained = null;
  }

  /** Waits for something, but not for ever. */
  async #within(waitMs: number, event: Promise<void>): Promise<void> {
    let timer = null;
    const timeout = new Promise<void>((resolve) => {
      timer = this.#clock.after(waitMs, resolve);
    });
    try {
      await Promise.race([event, timeout]);
    } finally {
      cancel(timer);
    }
  }
}

function cancel(timer: { cancel(): void } | null): void {
  timer?.cancel();
}
