import type { DeviceId } from '@liquid-lln/protocol';
import type { HealthDetail } from '../../ports/agent-api.js';
import type { InferenceObserver } from '../../ports/metrics.js';
import { InferenceTally } from './inference-tally.js';
import type { MetricsPage, PrometheusPage } from './prometheus-page.js';

/** `GET /metrics`: plain counts, until somebody asks. Only then prom-client, which takes 10 MiB, comes into memory. */
export class PrometheusMetrics {
  readonly #inferences = new Map<DeviceId, InferenceTally>();
  readonly #rejected = new Map<DeviceId, number>();
  readonly #answered = new Map<string, Map<number, number>>();
  #page: Promise<PrometheusPage> | null = null;

  /** What hears of one device's inferences. Call it once for a device. */
  observerOf(device: DeviceId): InferenceObserver {
    const tally = new InferenceTally();
    this.#inferences.set(device, tally);
    return {
      onInference: (_digest, sample) => tally.add(sample),
      onRejected: () => void this.#rejected.set(device, (this.#rejected.get(device) ?? 0) + 1),
    };
  }

  onAnswer(path: string, status: number): void {
    const byStatus = this.#answered.get(path) ?? new Map<number, number>();
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    this.#answered.set(path, byStatus);
  }

  async render(devices: readonly HealthDetail[]): Promise<MetricsPage> {
    this.#page ??= openPage();
    const page = await this.#page;
    return page.render({ inferences: this.#inferences, rejected: this.#rejected, answered: this.#answered }, devices);
  }
}

async function openPage(): Promise<PrometheusPage> {
  const { PrometheusPage } = await import('./prometheus-page.js');
  return new PrometheusPage();
}
