import type { Clock } from '@liquid-lln/protocol';
import type { Logger } from '../ports/logger.js';

/** Between two log lines about the same sender. */
const quietMs = 60_000;
const sendersMax = 20_000;
/** Those for whom there is no room share a tally: they are counted, and one of them a minute is logged. */
const others = 'others';

interface Tally {
  count: number;
  loggedMs: number;
}

/** Counts what cannot be used, and logs it without letting a faulty device fill the log. */
export class MalformedMessages {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #tallies = new Map<string, Tally>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  get total(): number {
    return [...this.#tallies.values()].reduce((total, tally) => total + tally.count, 0);
  }

  note(sender: string, error: unknown): void {
    const nowMs = this.#clock.monotonicMs();
    const tally = this.#tallyOf(sender);
    tally.count += 1;
    if (nowMs - tally.loggedMs >= quietMs) {
      tally.loggedMs = nowMs;
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.warn({ sender, count: tally.count, reason }, 'message ignored');
    }
  }

  #tallyOf(sender: string): Tally {
    const known = this.#tallies.get(sender);
    if (known !== undefined) return known;
    const key = this.#tallies.size < sendersMax ? sender : others;
    const tally = this.#tallies.get(key) ?? { count: 0, loggedMs: -Infinity };
    this.#tallies.set(key, tally);
    return tally;
  }
}
