import type { DeviceId } from '@liquid-lln/protocol';
import { installedIn } from '../domain/store-record.js';
import type { AgentApi, HealthDetail, InferenceAnswer, ModelView } from '../ports/agent-api.js';
import type { Bus } from '../ports/bus.js';
import type { HealthMonitor } from './health-monitor.js';
import type { InferenceService } from './inference-service.js';
import type { LiveModels } from './live-models.js';
import type { Reconciler } from './reconciler.js';
import type { SlotStore } from './slot-store.js';

export interface AgentViewComponents {
  readonly store: SlotStore;
  readonly models: LiveModels;
  readonly service: InferenceService;
  readonly monitor: HealthMonitor;
  readonly reconciler: Reconciler;
  readonly bus: Bus;
}

/** The agent as its HTTP clients see it. */
export class AgentView implements AgentApi {
  readonly #components: AgentViewComponents;
  readonly #deviceId: DeviceId;

  constructor(components: AgentViewComponents, init: { readonly deviceId: DeviceId }) {
    this.#components = components;
    this.#deviceId = init.deviceId;
  }

  infer(body: unknown): Promise<InferenceAnswer> {
    return this.#components.service.infer(body);
  }

  onRejected(): void {
    this.#components.service.onRejected();
  }

  health(): HealthDetail {
    const { models, monitor, reconciler, bus, store } = this.#components;
    const { thresholds, limits, windows, breaches, verdict } = monitor.view;
    const manifest = models.live?.model.package.manifest;
    return {
      status: manifest === undefined ? 'not-serving' : 'serving',
      device: this.#deviceId,
      model: manifest === undefined ? null : `${manifest.name}@${manifest.version}`,
      state: this.#liveState,
      verdict,
      thresholds,
      limits,
      windows,
      breaches,
      activity: reconciler.activity,
      isBrokerConnected: bus.isConnected,
      eventsWaiting: store.events.length,
    };
  }

  model(): ModelView | null {
    const { live } = this.#components.models;
    const state = this.#liveState;
    if (live === null || state === null) return null;
    const { manifest, digest } = live.model.package;
    const { name, version, description, network, inputs, outputs, timeStep } = manifest;
    return { name, version, digest, slot: live.slot, state, description, network, inputs, outputs, timeStep };
  }

  get #liveState(): 'trial' | 'confirmed' | null {
    const { models, store } = this.#components;
    const state = installedIn(store.record, models.live?.slot ?? null)?.state;
    return state === 'trial' || state === 'confirmed' ? state : null;
  }
}
