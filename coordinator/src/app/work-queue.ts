import { LlnError } from '@liquid-lln/protocol';

/** Does pieces of long work one after the other. */
export class WorkQueue {
  readonly #waitingMax: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ waitingMax }: { readonly waitingMax: number }) {
    this.#waitingMax = waitingMax;
  }

  /** @throws LlnError ENGINE_OVERLOADED if too much waits already */
  async queue<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#waitingMax) throw new LlnError('ENGINE_OVERLOADED', 'too many replays wait already');
    this.#waiting += 1;
    const done = this.#last.then(work).finally(() => {
      this.#waiting -= 1;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
