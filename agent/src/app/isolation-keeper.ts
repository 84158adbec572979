import {
  type Backoff,
  backoffDelayMs,
  type Clock,
  type Isolation,
  type IsolationDocument,
  type Random,
  type Timer,
  toErrorReport,
} from '@liquid-lln/protocol';
import { takeIsolation } from '../domain/isolation.js';
import type { Logger } from '../ports/logger.js';
import type { SlotStore } from './slot-store.js';

export interface IsolationKeeperComponents {
  readonly store: SlotStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The record has changed. */
  onChange(): void;
}

const retryBackoff: Backoff = { firstMs: 500, maxMs: 10_000 };

/**
 * Takes up what the coordinator says about isolation. It is reported once it is on the disk, which is asked until it takes
 * it; a device that is to be isolated does not wait for that.
 */
export class IsolationKeeper {
  readonly #components: IsolationKeeperComponents;
  /** The newest that the disk has not taken. */
  #waiting: { readonly told: IsolationDocument; readonly atMs: number } | null = null;
  #isWriting = false;
  #failures = 0;
  #retry: Timer | null = null;

  constructor(components: IsolationKeeperComponents) {
    this.#components = components;
  }

  /** What clients meet. */
  get inForce(): Isolation | null {
    const { record } = this.#components.store;
    if (this.#waiting?.told.isolated !== true) return record.isolation;
    return takeIsolation(record, this.#waiting.told, this.#waiting.atMs).isolation;
  }

  take(told: IsolationDocument): void {
    const known = this.#waiting?.told.revision ?? this.#components.store.record.isolation?.revision ?? 0;
    if (told.revision <= known) return;
    this.#waiting = { told, atMs: this.#components.clock.wallMs() };
    this.#retry?.cancel();
    void this.#writeAll();
  }

  stop(): void {
    this.#waiting = null;
    this.#retry?.cancel();
  }

  async #writeAll(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    try {
      while (this.#waiting !== null) await this.#write(this.#waiting.told);
      this.#failures = 0;
    } catch (error) {
      this.#retryLater(error);
    } finally {
      this.#isWriting = false;
    }
  }

  async #write(told: IsolationDocument): Promise<void> {
    const { store, logger, onChange } = this.#components;
    await store.commit({ kind: 'isolation-told', told });
    if (this.#waiting?.told === told) this.#waiting = null;
    const { isolated, revision, by, reason } = told;
    const what = isolated ? 'isolated: clients are turned away' : 'released: clients are answered';
    logger.warn(what, { revision, by, reason });
    onChange();
  }

  #retryLater(error: unknown): void {
    const { clock, random, logger } = this.#components;
    if (this.#waiting === null) return;
    const waitMs = backoffDelayMs(retryBackoff, this.#failures, random);
    this.#failures += 1;
    logger.error('the isolation cannot be written down and is tried again', { waitMs, error: toErrorReport(error) });
    this.#retry = clock.after(waitMs, () => void this.#writeAll());
  }
}
