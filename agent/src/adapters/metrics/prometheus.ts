import type { Digest } from '@liquid-lln/protocol';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { InferenceSample } from '../../domain/sliding-window.js';
import type { HealthDetail } from '../../ports/agent-api.js';
import type { InferenceObserver } from '../../ports/metrics.js';
import { InferenceTally } from './inference-tally.js';

/** `GET /metrics` */
export class PrometheusMetrics implements InferenceObserver {
  readonly #registry = new Registry();
  readonly #inferences = new InferenceTally();
  readonly #rejected = new Counter({
    name: 'lln_requests_rejected_total',
    help: 'Requests refused because they were malformed.',
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
    labelNames: ['model', 'state'],
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
    registers: [this.#registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  onInference(_digest: Digest, sample: InferenceSample): void {
    this.#inferences.add(sample);
  }

  onRejected(): void {
    this.#rejected.inc();
  }

  onAnswer(path: string, status: number): void {
    const byStatus = this.#answered.get(path) ?? new Map<number, number>();
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    this.#answered.set(path, byStatus);
  }

  async render(health: HealthDetail): Promise<{ readonly contentType: string; readonly text: string }> {
    this.#answers.reset();
    for (const [path, byStatus] of this.#answered)
      for (const [status, count] of byStatus) this.#answers.inc({ path, status: String(status) }, count);
    this.#model.reset();
    if (health.model !== null) this.#model.set({ model: health.model, state: health.state ?? 'none' }, 1);
    this.#broker.set(health.isBrokerConnected ? 1 : 0);
    this.#events.set(health.eventsWaiting);
    return {
      contentType: this.#registry.contentType,
      text: `${await this.#registry.metrics()}${this.#inferences.render()}`,
    };
  }
}
