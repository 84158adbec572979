import { type Clock, isLlnError, type Timer } from '@liquid-lln/protocol';
import type { PlanTime } from '../domain/member-observation.js';
import type { Logger } from '../ports/logger.js';
import type { Distributor } from './distributor.js';
import type { FleetLedger } from './fleet-ledger.js';
import { defaultKeptRollouts, forgetRollouts, type KeptRollouts } from './keep-rollouts.js';
import type { Presence } from './presence.js';
import { type Reconciliation, reconcile } from './reconcile.js';
import { viewFleet } from './views.js';

export interface RolloutReconcilerComponents {
  readonly ledger: FleetLedger;
  readonly presence: Presence;
  readonly distributor: Distributor;
  readonly clock: Clock;
  readonly logger: Logger;
  /** After every look, whether or not anything moved: what operators watch may have changed. */
  readonly onLooked: () => void;
}

export interface RolloutReconcilerInit {
  readonly silenceMsMax: number;
  readonly periodMs?: number;
  readonly kept?: Partial<KeptRollouts>;
}

/** Deadlines pass without a message; news of devices are looked at as they come. */
export const defaultReconcilePeriodMs = 1_000;
/** News that come together are looked at together. */
const coalesceMs = 20;
/** A large fleet takes longer to look at; looking takes a tenth of the time at most, whatever the news. */
const restPerLook = 9;
/** Steps that follow each other at once: a wave passes, the next one begins, and so on. */
const roundsMax = 50;

/** Snapshot, plan, commit, publish; again whenever something has happened, and once a period. */
export class RolloutReconciler {
  readonly #components: RolloutReconcilerComponents;
  readonly #silenceMsMax: number;
  readonly #periodMs: number;
  readonly #kept: KeptRollouts;
  #periodic: Timer | null = null;
  #soon: Timer | null = null;
  #running: Promise<void> | null = null;
  #lastLookMs = 0;

  constructor(components: RolloutReconcilerComponents, init: RolloutReconcilerInit) {
    this.#components = components;
    this.#silenceMsMax = init.silenceMsMax;
    this.#periodMs = init.periodMs ?? defaultReconcilePeriodMs;
    this.#kept = { ...defaultKeptRollouts, ...init.kept };
  }

  start(): void {
    this.#periodic = this.#components.clock.every(this.#periodMs, () => this.look());
    this.look();
  }

  /** Looks at the fleet soon. */
  look(): void {
    const delayMs = Math.min(this.#periodMs, Math.max(coalesceMs, restPerLook * this.#lastLookMs));
    this.#soon ??= this.#components.clock.after(delayMs, () => {
      this.#soon = null;
      this.#running = this.reconcileNow().catch((error: unknown) => {
        // In the log already; the next period tries again.
        if (isLlnError(error, 'STORE_FULL')) return;
        this.#components.logger.error({ err: error }, 'rollouts could not be reconciled');
      });
    });
  }

  /** Brings every rollout as far as it can go now. */
  async reconcileNow(): Promise<void> {
    for (let round = 0; round < roundsMax; round += 1) {
      const { documents, changes } = await this.#step();
      if (documents.length > 0) await this.#components.distributor.publish(documents);
      if (changes.length === 0) break;
    }
    this.#components.onLooked();
  }

  /** The same after something was decided and kept: that a full disk lets nothing more happen now is not its failure. */
  async reconcileKept(): Promise<void> {
    try {
      await this.reconcileNow();
    } catch (error) {
      if (!isLlnError(error, 'STORE_FULL')) throw error;
    }
  }

  async stop(): Promise<void> {
    this.#periodic?.cancel();
    this.#soon?.cancel();
    await this.#running;
  }

  planTime(): PlanTime {
    return { nowMs: this.#components.clock.wallMs(), silenceMsMax: this.#silenceMsMax };
  }

  #step(): Promise<Reconciliation> {
    const { ledger, presence, clock } = this.#components;
    return ledger.change((state) => {
      const startedMs = clock.monotonicMs();
      const [fleet, time] = [viewFleet(state, presence), this.planTime()];
      const planned = reconcile(state, fleet, time);
      this.#lastLookMs = clock.monotonicMs() - startedMs;
      // On a full disk what happens goes before the record of it.
      const kept = ledger.isFull ? planned.changes.filter(({ kind }) => kind !== 'add-trace') : planned.changes;
      // What a plan touches is over only when it is on disk; and a summary takes room, too.
      const isAtRest = planned.changes.length === 0 && !ledger.isFull;
      const changes = isAtRest ? forgetRollouts(state, fleet, time, this.#kept) : kept;
      return { changes, result: { ...planned, changes }, isUrgent: planned.isUrgent };
    });
  }
}
