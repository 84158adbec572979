import type { DeviceId } from '@liquid-lln/protocol';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { HealthDetail } from '../../ports/agent-api.js';
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
    ...this.#describe('lln_requests_rejected_total', 'Requests refused because they were malformed.'),
    labelNames: ['device'],
  });
  readonly #answers = new Counter({
    ...this.#describe('lln_http_answers_total', 'HTTP answers by path and status.'),
    labelNames: ['path', 'status'],
  });
  readonly #model = new Gauge({
    ...this.#describe('lln_model_info', '1 for the package that serves.'),
    labelNames: ['model', 'state', 'device'],
  });
  readonly #broker = new Gauge(this.#describe('lln_broker_connected', '1 while the broker is there.'));
  readonly #events = this.#deviceGauge('lln_events_waiting', 'Events that the coordinator has not stored yet.');
  readonly #reachable = this.#deviceGauge('lln_device_reachable', '0 for a board that does not answer.');
  readonly #isolated = this.#deviceGauge('lln_device_isolated', '1 for a device whose clients are turned away.');

  readonly #power = new Gauge({
    ...this.#describe(
      'lln_power_watts',
      "Power in the policy's window, on average; its source says if it is an estimate.",
    ),
    labelNames: ['source', 'device'],
  });
  readonly #temperature = new Gauge({
    ...this.#describe('lln_temperature_celsius', "Temperature in the policy's window, on average."),
    labelNames: ['source', 'device'],
  });
  readonly #memory = this.#deviceGauge('lln_memory_used_ratio', 'Used share of the memory that the device has.');
  readonly #limit = new Gauge({
    ...this.#describe('lln_limit', 'Limits in force, in the unit that the label names.'),
    labelNames: ['metric', 'side', 'level', 'unit', 'device'],
  });
  readonly #breach = new Gauge({
    ...this.#describe('lln_breach', '1 for a limit that is passed.'),
    labelNames: ['metric', 'level', 'device'],
  });

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  async render({ inferences, rejected, answered }: Counts, devices: readonly HealthDetail[]): Promise<MetricsPage> {
    this.#rejected.reset();
    for (const [device, count] of rejected) this.#rejected.inc({ device }, count);
    this.#answers.reset();
    for (const [path, byStatus] of answered)
      for (const [status, count] of byStatus) this.#answers.inc({ path, status: String(status) }, count);
    this.#takeStates(devices);
    this.#takeHealth(devices);
    const text = `${await this.#registry.metrics()}${renderTallies(inferences)}`;
    return { contentType: this.#registry.contentType, text };
  }

  #takeStates(devices: readonly HealthDetail[]): void {
    this.#model.reset();
    for (const { device, model, state, eventsWaiting, isBrokerConnected, status, isolation } of devices) {
      if (model !== null) this.#model.set({ model, state: state ?? 'none', device }, 1);
      this.#events.set({ device }, eventsWaiting);
      this.#reachable.set({ device }, status === 'unreachable' ? 0 : 1);
      this.#isolated.set({ device }, isolation === null ? 0 : 1);
      this.#broker.set(isBrokerConnected ? 1 : 0);
    }
  }

  /** What has no figure has no sample: a zero that nobody measured would be a lie. */
  #takeHealth(devices: readonly HealthDetail[]): void {
    for (const gauge of [this.#power, this.#temperature, this.#memory, this.#limit, this.#breach]) gauge.reset();
    for (const { device, windows, limits, breaches } of devices) {
      const { energyMw, temperatureC, memoryRatio } = windows.recent;
      if (energyMw !== null) this.#power.set({ source: energyMw.source, device }, energyMw.value / 1_000);
      if (temperatureC !== null) this.#temperature.set({ source: temperatureC.source, device }, temperatureC.value);
      if (memoryRatio !== null) this.#memory.set({ device }, memoryRatio);
      for (const { metric, side, unit, alert, rollback } of limits) {
        if (alert !== null) this.#limit.set({ metric, side, level: 'alert', unit, device }, alert);
        if (rollback !== null) this.#limit.set({ metric, side, level: 'rollback', unit, device }, rollback);
      }
      for (const { metric, level } of breaches) this.#breach.set({ metric, level, device }, 1);
    }
  }

  #deviceGauge(name: string, help: string): Gauge<'device'> {
    return new Gauge({ ...this.#describe(name, help), labelNames: ['device'] });
  }

  #describe(name: string, help: string) {
    return { name, help, registers: [this.#registry] };
  }
}
