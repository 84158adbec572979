import type { Clock, EventBody } from '@liquid-lln/protocol';
import { type AlertState, trackAlerts } from '../domain/alert-tracker.js';
import type { Logger } from '../ports/logger.js';
import type { HealthMonitor } from './health-monitor.js';
import type { SlotStore } from './slot-store.js';

export interface AlertKeeperComponents {
  readonly monitor: HealthMonitor;
  readonly store: SlotStore;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
}

/** Turns breaches into events: one when an alert begins, one when it ends. */
export class AlertKeeper {
  readonly #components: AlertKeeperComponents;
  #alerts: AlertState = new Map();

  constructor(components: AlertKeeperComponents) {
    this.#components = components;
  }

  /** @throws LlnError STORAGE_FULL, STORAGE_FAILED */
  async tick(): Promise<void> {
    const { monitor, store, clock, logger } = this.#components;
    const view = monitor.evaluate();
    const { breaches, digest } = view;
    const { state, changes } = trackAlerts(this.#alerts, {
      breaches,
      lingering: monitor.lingeringIn(view),
      digest,
      nowMs: clock.monotonicMs(),
    });
    this.#alerts = state;
    for (const { breach, digest: of, isRaised } of changes) {
      const body: EventBody = { kind: 'alert', breach, isRaised, digest: of };
      logger.warn(isRaised ? 'alert raised' : 'alert ended', { ...breach });
      await store.commit({ kind: 'noted', body });
    }
  }
}
