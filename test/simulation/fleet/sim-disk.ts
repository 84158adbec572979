import { MemoryStorage } from '@liquid-lln/agent/testing';
import { LlnError } from '@liquid-lln/protocol';
import type { Dice } from './schedule.js';

/**
 * A gateway's disk. It may be full for a while, and it may lose its power at any operation: that one happens wholly, in
 * part or not at all, and whoever waits for it gets no further.
 */
export class SimDisk extends MemoryStorage {
  readonly #dice: Dice;
  /** Called when the power goes; null while no cut is due. */
  #onCut: (() => void) | null = null;
  #operationsLeft = 0;
  #isDead = false;

  constructor(dice: Dice) {
    super();
    this.#dice = dice;
  }

  /** The same files, for the next start of the agent. */
  reopen(): SimDisk {
    const next = new SimDisk(this.#dice);
    for (const [path, data] of this.files) next.files.set(path, data);
    this.#isDead = true;
    return next;
  }

  fill(isFull: boolean): void {
    this.failure = isFull ? new LlnError('STORAGE_FULL', 'the disk is full') : null;
  }

  /** Cuts the power at one of the next operations. */
  cutSoon(onCut: () => void): void {
    this.#onCut = onCut;
    this.#operationsLeft = this.#dice.index(12);
  }

  override writeDurable(path: string, data: Uint8Array): Promise<void> {
    return this.#guard(() => super.writeDurable(path, data));
  }

  override appendDurable(path: string, data: Uint8Array): Promise<void> {
    const torn = data.subarray(0, this.#dice.index(data.length + 1));
    return this.#guard(
      () => super.appendDurable(path, data),
      () => super.appendDurable(path, torn),
    );
  }

  override writeAt(path: string, offset: number, data: Uint8Array): Promise<void> {
    return this.#guard(() => super.writeAt(path, offset, data));
  }

  override rename(from: string, to: string): Promise<void> {
    return this.#guard(() => super.rename(from, to));
  }

  override remove(path: string): Promise<void> {
    return this.#guard(() => super.remove(path));
  }

  async #guard(whole: () => Promise<void>, torn: () => Promise<void> = whole): Promise<void> {
    if (this.#isDead) return new Promise(() => undefined);
    if (this.#onCut === null || this.#operationsLeft-- > 0) return whole();
    const cut = this.#onCut;
    this.#isDead = true;
    if (this.#dice.isHit(0.6)) await torn().catch(() => undefined);
    cut();
    return new Promise(() => undefined);
  }
}
