import { LlnError } from '@liquid-lln/protocol';

/**
 * What every body may have without being counted: whoever fills the budget with long bodies keeps nobody from asking
 * for an inference of usual length. The number of connections bounds it.
 */
export const bodyFreeBytes = 16 * 1024;

/** What one request has of the budget. */
export interface BodyShare {
  /** Takes what a body of `bytes` needs. @throws LlnError ENGINE_OVERLOADED if that is not there */
  grow(bytes: number): void;
  /** Gives everything back; may be called again. */
  release(): void;
}

/** Memory for bodies that are being read or answered, shared by all requests. */
export class BodyBudget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  open(): BodyShare {
    let held = 0;
    return {
      grow: (bytes) => {
        const counted = Math.max(held, bytes - bodyFreeBytes);
        const sum = this.#bytes + counted - held;
        if (sum > this.#bytesMax)
          throw new LlnError('ENGINE_OVERLOADED', `the bodies of other requests have ${this.#bytes} bytes already`);
        this.#bytes = sum;
        held = counted;
      },
      release: () => {
        this.#bytes -= held;
        held = 0;
      },
    };
  }
}
