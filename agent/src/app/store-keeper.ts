import { type Clock, type Timer, toErrorReport } from '@liquid-lln/protocol';
import { survivalSeconds } from '../domain/crash-count.js';
import type { Logger } from '../ports/logger.js';
import type { SlotStore } from './slot-store.js';

export interface StoreKeeperComponents {
  readonly store: SlotStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The disk has taken events that it refused before. */
  onCaughtUp(): void;
}

/** How soon the disk is asked again for what it did not take. */
const catchUpMs = 10_000;

/** Writes down what comes of time alone: that the agent lives, that it stops, and what the disk has refused so far. */
export class StoreKeeper {
  readonly #components: StoreKeeperComponents;
  #timers: readonly Timer[] = [];

  constructor(components: StoreKeeperComponents) {
    this.#components = components;
  }

  start(): void {
    const { store, clock } = this.#components;
    this.#timers = [
      clock.every(catchUpMs, () => this.#catchUp()),
      clock.after(survivalSeconds * 1_000, () => void store.commitAnyway({ kind: 'survived' })),
    ];
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    const { store } = this.#components;
    await store.commitAnyway({ kind: 'stopped' });
    await store.flush();
  }

  #catchUp(): void {
    const { store, logger, onCaughtUp } = this.#components;
    store.catchUp().then(onCaughtUp, (error: unknown) => {
      logger.error('the disk is asked again for what it has refused', { error: toErrorReport(error) });
    });
  }
}
