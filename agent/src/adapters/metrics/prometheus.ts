import type { DeviceId } from '@liquid-lln/protocol';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { InferenceSample } from '../../domain/inference-sample.js';
import type { HealthDetail } from '../../ports/agent-api.js';
import type { InferenceObserver } from '../../ports/metrics.js';

/** From ten microseconds to a second. */
const latencyBucketsSeconds = [1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 1e-2, 1e-1, 1];

/** `GET /metrics` */
export class PrometheusMetrics {
  readonly #registry = new Registry();
  readonly #inferences = new Counter({
    name: 'lln_inferences_total',
    help: 'Inferences tried on the live package, by result and by who asked.',
    labelNames: ['result', 'origin', 'device'],
    registers: [this.#registry],
  });
  readonly #rejected = new Counter({
    name: 'lln_requests_rejected_total',
    help: 'Requests refused because they were malformed.',
    labelNames: ['device'],
    registers: [this.#registry],
  });
  readonly #latency = new Histogram({
    name: 'lln_inference_latency_seconds',
    help: 'Time that the engine took for an inference.',
    labelNames: ['device'],
    buckets: latencyBucketsSeconds,
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

  /** What hears of one device's inferences. */
  observerOf(device: DeviceId): InferenceObserver {
    return {
      onInference: (_digest, sample) => this.#onInference(device, sample),
      onRejected: () => this.#rejected.inc({ device }),
    };
  }

  onAnswer(path: string, status: number): void {
    this.#answers.inc({ path, status: String(status) });
  }

  async render(devices: readonly HealthDetail[]): Promise<{ readonly contentType: string; readonly text: string }> {
    this.#model.reset();
    for (const { device, model, state, eventsWaiting, isBrokerConnected, status, isolation } of devices) {
      if (model !== null) this.#model.set({ model, state: state ?? 'none', device }, 1);
      this.#events.set({ device }, eventsWaiting);
      this.#reachable.set({ device }, status === 'unreachable' ? 0 : 1);
      this.#isolated.set({ device }, isolation === null ? 0 : 1);
      this.#broker.set(isBrokerConnected ? 1 : 0);
    }
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #onInference(device: DeviceId, { latencyUs, isError, isProbe }: InferenceSample): void {
    this.#inferences.inc({ result: isError ? 'error' : 'ok', origin: isProbe ? 'probe' : 'client', device });
    if (latencyUs !== null && Number.isFinite(latencyUs)) this.#latency.observe({ device }, latencyUs / 1e6);
  }
}
