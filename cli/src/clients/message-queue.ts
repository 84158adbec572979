/** How a queue ends. */
type End = { readonly hasFailed: false } | { readonly hasFailed: true; readonly error: unknown };

/**
 * A bounded queue between something that pushes and one reader that waits: when it is full the oldest item goes and is
 * counted. It ends, or fails, after what was pushed before has been read.
 */
export class MessageQueue<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  #lost = 0;
  #end: End | null = null;
  #wake: (() => void) | null = null;

  constructor(capacity = 1_000) {
    this.#capacity = capacity;
  }

  /** Items that were dropped because nobody read them in time. */
  get lost(): number {
    return this.#lost;
  }

  push(item: T): void {
    if (this.#end !== null) return;
    this.#items.push(item);
    if (this.#items.length > this.#capacity) {
      this.#items.shift();
      this.#lost += 1;
    }
    this.#wake?.();
  }

  /** Forgets what nobody has read yet. */
  clear(): void {
    this.#items.length = 0;
  }

  end(): void {
    this.#finish({ hasFailed: false });
  }

  fail(error: unknown): void {
    this.#finish({ hasFailed: true, error });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const next = this.#items.shift();
      if (next !== undefined) yield next;
      else if (this.#end === null) await this.#pushed();
      else if (!this.#end.hasFailed) return;
      else throw this.#end.error;
    }
  }

  #finish(end: End): void {
    this.#end ??= end;
    this.#wake?.();
  }

  #pushed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
    });
  }
}
