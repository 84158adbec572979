import type { Clock } from '@liquid-lln/protocol';
import { delay } from '../delay.js';

/** A client waits no longer than this for a measurement, and one inference more. */
const burstMsMax = 2;
const burstInferencesMax = 64;

/** Keeps a measurement to its share of a device's time: short bursts, each followed by a rest. */
export class Pacer {
  readonly #clock: Clock;
  readonly #share: number;
  readonly #signal: AbortSignal;
  #burstBeganMs: number;
  #inferences = 0;

  constructor(clock: Clock, share: number, signal: AbortSignal) {
    this.#clock = clock;
    this.#share = share;
    this.#signal = signal;
    this.#burstBeganMs = clock.monotonicMs();
  }

  /** Comes after each inference; rests when it is time to. @throws the signal's reason */
  async rest(): Promise<void> {
    this.#signal.throwIfAborted();
    this.#inferences += 1;
    const busyMs = this.#clock.monotonicMs() - this.#burstBeganMs;
    if (busyMs < burstMsMax && this.#inferences < burstInferencesMax) return;
    await delay(this.#clock, Math.max(1, busyMs * (1 / this.#share - 1)), this.#signal);
    this.#inferences = 0;
    this.#burstBeganMs = this.#clock.monotonicMs();
  }
}
