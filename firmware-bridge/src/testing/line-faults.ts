import type { Clock, Random } from '@liquid-lln/protocol';

/** What a line does to what is sent over it. Rates are shares, from 0 to 1. */
export interface LineFaults {
  /** Of bytes: one bit of each turns over. */
  readonly flipRate?: number;
  /** Of bytes: they are missing. */
  readonly dropRate?: number;
  /** Of frames: they do not arrive. */
  readonly frameDropRate?: number;
  /** Of frames: they arrive twice. */
  readonly frameDuplicateRate?: number;
  /** Of frames: only their beginning arrives. */
  readonly frameTruncateRate?: number;
  /** Random bytes before each frame, at most so many. */
  readonly noiseBytesMax?: number;
  /** How long everything takes to arrive; 1 ms without it. */
  readonly delayMs?: number;
}

export interface FaultyLineComponents {
  readonly clock: Clock;
  readonly random: Random;
}

const delayMsDefault = 1;

/** One direction of a line. Frames stay in their order, as on a wire. */
export class FaultyLine {
  faults: LineFaults;
  readonly #components: FaultyLineComponents;
  readonly #deliver: (bytes: Uint8Array) => void;
  #isCut = false;

  constructor(components: FaultyLineComponents, faults: LineFaults, deliver: (bytes: Uint8Array) => void) {
    this.#components = components;
    this.faults = faults;
    this.#deliver = deliver;
  }

  /** Sends one frame. */
  send(frame: Uint8Array): void {
    const arriving = this.#damage(frame);
    this.#components.clock.after(this.faults.delayMs ?? delayMsDefault, () => {
      if (!this.#isCut) for (const bytes of arriving) this.#deliver(bytes);
    });
  }

  /** Nothing that is under way arrives any more. */
  cut(): void {
    this.#isCut = true;
  }

  #damage(frame: Uint8Array): Uint8Array[] {
    const { frameDropRate, frameDuplicateRate, frameTruncateRate } = this.faults;
    if (this.#happens(frameDropRate)) return [];
    const length = this.#happens(frameTruncateRate) ? this.#below(frame.length) : frame.length;
    const part = frame.subarray(0, length);
    const copies = this.#happens(frameDuplicateRate) ? [part, part] : [part];
    return copies.flatMap((copy) => [this.#noise(), this.#damageBytes(copy)]);
  }

  #damageBytes(bytes: Uint8Array): Uint8Array {
    const { dropRate, flipRate } = this.faults;
    const kept = bytes.filter(() => !this.#happens(dropRate));
    return kept.map((byte) => (this.#happens(flipRate) ? byte ^ (1 << this.#below(8)) : byte));
  }

  #noise(): Uint8Array {
    const length = this.#below((this.faults.noiseBytesMax ?? 0) + 1);
    return Uint8Array.from({ length }, () => this.#below(256));
  }

  #happens(rate = 0): boolean {
    return rate > 0 && this.#components.random() < rate;
  }

  #below(limit: number): number {
    return Math.floor(this.#components.random() * limit);
  }
}
