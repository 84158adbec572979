import type { DeviceId } from '@liquid-lln/protocol';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { DeviceState } from '../../ports/agent-api.js';
import type { InferenceObserver } from '../../ports/metrics.js';
import { InferenceTally, renderTallies } from './inference-tally.js';

/** `GET /metrics` */
export class PrometheusMetrics {
  readonly #registry = new Registry();
  readonly #inferences = new Map<DeviceId, InferenceTally>();
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
  /** By path, then by status; see `InferenceTally` for why. */
  readonly #answered = new Map<string, Map<number, number>>();
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

  /** What hears of one device's inferences. Call it once for a device. */
  observerOf(device: DeviceId): InferenceObserver {
    const tally = new InferenceTally();
    this.#inferences.set(device, tally);
    return {
      onInference: (_digest, sample) => tally.add(sample),
      onRejected: () => this.#rejected.inc({ device }),
    };
  }

  onAnswer(path: string, status: number): void {
    const byStatus = this.#answered.get(path) ?? new Map<number, number>();
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    this.#answered.set(path, byStatus);
  }

  async render(devices: readonly DeviceState[]): Promise<{ readonly contentType: string; readonly text: string }> {
    this.#answers.reset();
    for (const [path, byStatus] of this.#answered)
      for (const [status, count] of byStatus) this.#answers.inc({ path, status: String(status) }, count);
    this.#model.reset();
    for (const { device, model, state, eventsWaiting, isBrokerConnected, status, isolation } of devices) {
      if (model !== null) this.#model.set({ model, state: state ?? 'none', device }, 1);
      this.#events.set({ device }, eventsWaiting);
      this.#reachable.set({ device }, status === 'unreachable' ? 0 : 1);
      this.#isolated.set({ device }, isolation === null ? 0 : 1);
      this.#broker.set(isBrokerConnected ? 1 : 0);
    }
    return {
      contentType: this.#registry.contentType,
      text: `${await this.#registry.metrics()}${renderTallies(this.#inferences)}`,
    };
  }
}
