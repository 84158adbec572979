import type { Digest } from '@liquid-lln/protocol';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { InferenceSample } from '../../domain/sliding-window.js';
import type { HealthDetail } from '../../ports/agent-api.js';
import type { InferenceObserver } from '../../ports/metrics.js';

/** From ten microseconds to a second. */
const latencyBucketsSeconds = [1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 1e-2, 1e-1, 1];

/** `GET /metrics` */
export class PrometheusMetrics implements InferenceObserver {
  readonly #registry = new Registry();
  readonly #inferences = new Counter({
    name: 'lln_inferences_total',
    help: 'Inferences tried on the live package, by result and by who asked.',
    labelNames: ['result', 'origin'],
    registers: [this.#registry],
  });
  readonly #rejected = new Counter({
    name: 'lln_requests_rejected_total',
    help: 'Requests refused because they were malformed.',
    registers: [this.#registry],
  });
  readonly #latency = new Histogram({
    name: 'lln_inference_latency_seconds',
    help: 'Time that the engine took for an inference.',
    buckets: latencyBucketsSeconds,
    registers: [this.#registry],
  });
  readonly #answers = new Counter({
    name: 'lln_http_answers_total',
    help: 'HTTP answers by path and status.',
    labelNames: ['path', 'status'],
    registers: [this.#registry],
  });
  /** By path, then by status. Finding a labelled counter takes longer than an inference: it is done when somebody asks. */
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

  onInference(_digest: Digest, { latencyUs, isError, isProbe }: InferenceSample): void {
    this.#inferences.inc({ result: isError ? 'error' : 'ok', origin: isProbe ? 'probe' : 'client' });
    if (latencyUs !== null && Number.isFinite(latencyUs)) this.#latency.observe(latencyUs / 1e6);
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
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}
