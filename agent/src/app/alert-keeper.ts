import type { EventBody } from '@liquid-lln/protocol';
import { type AlertState, trackAlerts } from '../domain/alert-tracker.js';
import type { Logger } from '../ports/logger.js';
import type { HealthMonitor } from './health-monitor.js';
import type { SlotStore } from './slot-store.js';

/** Turns breaches into events: one when an alert begins, one when it ends. */
export class AlertKeeper {
  readonly #components: { readonly monitor: HealthMonitor; readonly store: SlotStore; readonly logger: Logger };
  #alerts: AlertState = new Map();

  constructor(components: { readonly monitor: HealthMonitor; readonly store: SlotStore; readonly logger: Logger }) {
    this.#components = components;
  }

  /** @throws LlnError STORAGE_FULL, STORAGE_FAILED */
  async tick(): Promise<void> {
    const { monitor, store, logger } = this.#components;
    const { breaches, digest } = monitor.view;
    const { state, changes } = trackAlerts(this.#alerts, breaches);
    this.#alerts = state;
    for (const { breach, isRaised } of changes) {
      const body: EventBody = { kind: 'alert', breach, isRaised, digest };
      logger.warn(isRaised ? 'alert raised' : 'alert ended', { ...breach });
      await store.commit({ kind: 'noted', body });
    }
  }
}
