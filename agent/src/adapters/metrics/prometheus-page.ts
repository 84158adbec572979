import type { DeviceId } from '@liquid-lln/protocol';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { DeviceState } from '../../ports/agent-api.js';
import { type InferenceTally, renderTallies } from './inference-tally.js';

/** What was counted since the agent's start. */
export interface Counts {
  readonly inferences: ReadonlyMap<DeviceId, InferenceTally>;
  readonly rejected: ReadonlyMap<DeviceId, number>;
  /** By path, then by status. */
  readonly answered: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

/** Renders counts and states in Prometheus' text format, with the figures of the process that prom-client adds. */
export class PrometheusPage {
  readonly #registry = new Registry();
  readonly #rejected = new Counter({
    name: 'lln_requests_rejected_total',
    help: 'Requests refused because they were malformed.',
    labelNames: ['device'],
    registers: [this.#registry],
  });
  readonly #answers = new Counter({
    name: 'lln_http_answers_total',
    help: 'HTTP answers by path and status.',
    labelNames: ['path', 'status'],
    registers: [this.#registry],
  });
  readonly #model = new Gauge({
    name: 'lln_model_info',
    help: '1 for the package that serves.',
    labelNames: ['model', 'state', 'device'],
    registers: [this.#registry],
  });
  readonly #broker = new Gauge({
    name: 'lln_broker_connected',
    help: '1 while the broker is there.',
    registers: [this.#registry],
  });
  readonly #events = new Gauge({
    name: 'lln_events_waiting',
    help: 'Events that the coordinator has not stored yet.',
    labelNames: ['device'],
    registers: [this.#registry],
  });
  readonly #reachable = new Gauge({
    name: 'lln_device_reachable',
    help: '0 for a board that does not answer.',
    labelNames: ['device'],
    registers: [this.#registry],
  });
  readonly #isolated = new Gauge({
    name: 'lln_device_isolated',
    help: '1 for a device whose clients are turned away.',
    labelNames: ['device'],
    registers: [this.#registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  async render({ inferences, rejected, answered }: Counts, devices: readonly DeviceState[]): Promise<MetricsPage> {
    this.#rejected.reset();
    for (const [device, count] of rejected) this.#rejected.inc({ device }, count);
    this.#answers.reset();
    for (const [path, byStatus] of answered)
      for (const [status, count] of byStatus) this.#answers.inc({ path, status: String(status) }, count);
    this.#takeStates(devices);
    const text = `${await this.#registry.metrics()}${renderTallies(inferences)}`;
    return { contentType: this.#registry.contentType, text };
  }

  #takeStates(devices: readonly DeviceState[]): void {
    this.#model.reset();
    for (const { device, model, state, eventsWaiting, isBrokerConnected, status, isolation } of devices) {
      if (model !== null) this.#model.set({ model, state: state ?? 'none', device }, 1);
      this.#events.set({ device }, eventsWaiting);
      this.#reachable.set({ device }, status === 'unreachable' ? 0 : 1);
      this.#isolated.set({ device }, isolation === null ? 0 : 1);
      this.#broker.set(isBrokerConnected ? 1 : 0);
    }
  }
}
