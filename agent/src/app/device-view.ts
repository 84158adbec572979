import type { DeviceId } from '@liquid-lln/protocol';
import { installedIn } from '../domain/store-record.js';
import type { DeviceState, HealthDetail, HealthSummary, ModelView } from '../ports/agent-api.js';
import type { Bus } from '../ports/bus.js';
import type { HealthMonitor } from './health-monitor.js';
import type { IsolationKeeper } from './isolation-keeper.js';
import type { LiveModels } from './live-models.js';
import type { Reconciler } from './reconciler.js';
import type { SlotStore } from './slot-store.js';

export interface DeviceViewComponents {
  readonly store: SlotStore;
  readonly models: LiveModels;
  readonly monitor: HealthMonitor;
  readonly isolation: Pick<IsolationKeeper, 'inForce'>;
  readonly reconciler: Reconciler;
  readonly bus: Bus;
}

/** A device as its HTTP clients see it. */
export class DeviceView {
  readonly #components: DeviceViewComponents;
  readonly #deviceId: DeviceId;

  constructor(components: DeviceViewComponents, init: { readonly deviceId: DeviceId }) {
    this.#components = components;
    this.#deviceId = init.deviceId;
  }

  get state(): DeviceState {
    const { models, bus, store } = this.#components;
    const manifest = models.live?.model.package.manifest;
    return {
      status: this.#status,
      device: this.#deviceId,
      model: manifest === undefined ? null : `${manifest.name}@${manifest.version}`,
      state: this.#liveState,
      isolation: this.#isolation,
      isBrokerConnected: bus.isConnected,
      eventsWaiting: store.events.length,
    };
  }

  health(): HealthDetail {
    const { monitor, reconciler } = this.#components;
    const { thresholds, limits, windows, breaches, verdict } = monitor.evaluate();
    return {
      ...this.state,
      verdict,
      thresholds,
      limits,
      windows,
      breaches,
      activity: reconciler.activity,
    };
  }

  summary(): HealthSummary {
    const { status, device, model, state, isolation } = this.state;
    return { status, device, model, state, isolation, verdict: this.#components.monitor.evaluate().verdict };
  }

  model(): ModelView | null {
    const { live } = this.#components.models;
    const state = this.#liveState;
    if (live === null || state === null) return null;
    const { manifest, digest } = live.model.package;
    const { name, version, description, network, inputs, outputs, timeStep } = manifest;
    return { name, version, digest, slot: live.slot, state, description, network, inputs, outputs, timeStep };
  }

  get #status(): DeviceState['status'] {
    const { models, monitor } = this.#components;
    if (monitor.isSilent) return 'unreachable';
    if (this.#isolation !== null) return 'isolated';
    return models.live === null ? 'not-serving' : 'serving';
  }

  get #isolation(): DeviceState['isolation'] {
    const { inForce } = this.#components.isolation;
    if (inForce?.isolated !== true) return null;
    const { reason, sinceMs } = inForce;
    return { reason, sinceMs };
  }

  get #liveState(): DeviceState['state'] {
    const { models, store } = this.#components;
    const state = installedIn(store.record, models.live?.slot ?? null)?.state;
    return state === 'trial' || state === 'confirmed' ? state : null;
  }
}
