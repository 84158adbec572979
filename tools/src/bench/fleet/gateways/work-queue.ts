/** Pieces of work between two looks at the sockets. */
const portion = 20;

/**
 * Work that simulated devices do on a message, in small portions: messages to the others are noticed when they come, and not
 * when all this is done. In a fleet each device has a processor of its own.
 */
export class WorkQueue {
  #waiting: (() => void)[] = [];

  later(work: () => void): void {
    this.#waiting.push(work);
    if (this.#waiting.length === 1) setImmediate(() => this.#doPortion());
  }

  #doPortion(): void {
    const now = this.#waiting.slice(0, portion);
    for (const work of now) work();
    this.#waiting = this.#waiting.slice(now.length);
    if (this.#waiting.length > 0) setImmediate(() => this.#doPortion());
  }
}
