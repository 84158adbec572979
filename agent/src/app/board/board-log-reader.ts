import type { Clock } from '@liquid-lln/protocol';
import type { Board } from '../../ports/board.js';
import type { Logger } from '../../ports/logger.js';

/** A board keeps few lines: they are fetched this often. */
const readEveryMs = 5_000;

/** Brings a board's log lines into the log of its device. */
export class BoardLogReader {
  readonly #components: { readonly board: Board; readonly clock: Clock; readonly logger: Logger };
  #from = 0;
  #dueMs = 0;

  constructor(components: { readonly board: Board; readonly clock: Clock; readonly logger: Logger }) {
    this.#components = components;
  }

  /** Reads what is new, if it is time. @throws LlnError BOARD_UNREACHABLE, BOARD_REFUSED */
  async read(): Promise<void> {
    const { board, clock, logger } = this.#components;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#dueMs) return;
    this.#dueMs = nowMs + readEveryMs;
    const { lines, next, lost } = await board.log(this.#from);
    // A board that has started again counts from the beginning.
    const isAnew = next < this.#from;
    this.#from = isAnew ? 0 : next;
    if (lost > 0 && !isAnew) logger.warn('lines of the board are lost', { lost });
    for (const { level, message, uptimeMs } of lines) logger[level](`board: ${message}`, { uptimeMs });
  }
}
