/** Tells what happens, each line with the time since the beginning. */
export class Narrator {
  readonly #startMs = performance.now();
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Seconds since the beginning. */
  get seconds(): number {
    return (performance.now() - this.#startMs) / 1000;
  }

  chapter(title: string): void {
    this.#write(`\n${title}\n`);
  }

  say(text: string): void {
    this.#write(`${this.seconds.toFixed(1).padStart(6)} s  ${text}\n`);
  }

  /** Without a time: tables, lists. */
  show(text: string): void {
    this.#write(`${text}\n`);
  }
}
