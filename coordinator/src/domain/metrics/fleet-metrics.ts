import {
  type Alert,
  type ChannelName,
  type HealthMessage,
  type Incident,
  mean,
  mergeSketches,
  quantile,
  type RolloutSummary,
  type WindowFigures,
} from '@liquid-lln/protocol';
import type { AlertingState } from '../alerting/alerting-state.js';
import { type ChannelHealth, freshChannel } from '../alerting/delivery.js';
import type { FleetDevice } from '../fleet-view.js';
import { countBy, type MetricFamily, type MetricSample } from './metric-family.js';

/** A device with what its metrics are made of. */
export interface MeteredDevice {
  readonly device: FleetDevice;
  readonly isIsolated: boolean;
  /** The last that it said of its health; null if it said nothing since the coordinator's start. */
  readonly health: HealthMessage | null;
}

/** What the metrics of a fleet are made of. */
export interface MetricsInput {
  readonly devices: readonly MeteredDevice[];
  /** Those that may still do something. */
  readonly openRollouts: readonly RolloutSummary[];
  readonly alerting: Pick<AlertingState, 'alerts' | 'incidents' | 'notices'>;
  readonly channels: readonly ChannelName[];
  readonly channelHealths: ReadonlyMap<ChannelName, ChannelHealth>;
  /** Messages that could not be used since the start. */
  readonly malformed: number;
}

const latencyQuantiles = [0.5, 0.9, 0.99] as const;

/**
 * A fleet in numbers. Devices are counted, not listed, so that what a scrape brings does not grow with the fleet: each
 * gateway has metrics of its own for its devices.
 */
export function fleetMetrics(input: MetricsInput): MetricFamily[] {
  return [...deviceMetrics(input.devices), ...cohortMetrics(input.devices), ...workMetrics(input)];
}

function deviceMetrics(devices: readonly MeteredDevice[]): MetricFamily[] {
  const presence = ({ device, isIsolated }: MeteredDevice): string => {
    if (!device.isOnline) return 'offline';
    return isIsolated ? 'isolated' : 'online';
  };
  const breaches = devices.flatMap(({ device, health }) =>
    (health?.breaches ?? []).map(({ metric, level }) => ({ environment: device.environment, metric, level })),
  );
  return [
    gauge(
      'lln_fleet_devices',
      'Devices, by where they are and whether they are there.',
      ['environment', 'kind', 'presence'],
      countBy(devices, (metered) => ({
        environment: metered.device.environment,
        kind: metered.device.kind,
        presence: presence(metered),
      })),
    ),
    gauge(
      'lln_fleet_serving',
      'Devices, by the package that they serve.',
      ['environment', 'package', 'state'],
      countBy(devices, ({ device }) => ({
        environment: device.environment,
        package: packageOf(device),
        state: device.reported.running?.state ?? 'none',
      })),
    ),
    gauge(
      'lln_fleet_breaches',
      'Limits that devices pass, as they last said.',
      ['environment', 'metric', 'level'],
      countBy(breaches, (breach) => breach),
    ),
  ];
}

function packageOf({ reported }: FleetDevice): string {
  return reported.running === null ? 'none' : `${reported.running.name}@${reported.running.version}`;
}

/** The devices of an environment that serve the same package, with their windows. */
interface Cohort {
  readonly labels: Readonly<Record<'environment' | 'package', string>>;
  readonly windows: WindowFigures[];
}

function cohortMetrics(devices: readonly MeteredDevice[]): MetricFamily[] {
  const cohorts = [...cohortsOf(devices).values()];
  const labels = ['environment', 'package'];
  const total = (pick: (window: WindowFigures) => number) =>
    cohorts.map(({ labels, windows }) => ({
      labels,
      value: windows.reduce((sum, window) => sum + pick(window), 0),
    }));
  return [
    gauge(
      'lln_cohort_inferences',
      'Inferences in the newest window of each device, which is as long as its policy says.',
      labels,
      total(({ inferences }) => inferences),
    ),
    gauge(
      'lln_cohort_errors',
      'Of these, those that failed.',
      labels,
      total(({ errors }) => errors),
    ),
    gauge(
      'lln_cohort_latency_seconds',
      "Quantiles of the engine's time, over all devices of the cohort together.",
      [...labels, 'quantile'],
      cohorts.flatMap(latencySamples),
    ),
    gauge(
      'lln_cohort_power_watts',
      'Power of a device, on average over those that know theirs; an estimate where the source says so.',
      [...labels, 'source'],
      cohorts.flatMap(powerSamples),
    ),
    gauge(
      'lln_cohort_temperature_celsius_max',
      'Of the hottest device.',
      labels,
      cohorts.flatMap((cohort) => highest(cohort, ({ temperatureC }) => temperatureC?.value ?? null)),
    ),
    gauge(
      'lln_cohort_memory_used_ratio_max',
      'Of the device that uses the largest share of its memory.',
      labels,
      cohorts.flatMap((cohort) => highest(cohort, ({ memoryRatio }) => memoryRatio)),
    ),
  ];
}

function cohortsOf(devices: readonly MeteredDevice[]): Map<string, Cohort> {
  const cohorts = new Map<string, Cohort>();
  for (const { device, health } of devices) {
    if (health === null || !device.isOnline) continue;
    const labels = { environment: device.environment, package: packageOf(device) };
    const key = `${labels.environment} ${labels.package}`;
    const cohort = cohorts.get(key) ?? { labels, windows: [] };
    cohort.windows.push(health.window);
    cohorts.set(key, cohort);
  }
  return cohorts;
}

function latencySamples({ labels, windows }: Cohort): MetricSample[] {
  const latencyUs = mergeSketches(windows.map((window) => window.latencyUs));
  const quantiles = latencyQuantiles.map((q) => [String(q), quantile(latencyUs, q)] as const);
  return [...quantiles, ['mean', mean(latencyUs)] as const].flatMap(([name, us]) =>
    us === null ? [] : [{ labels: { ...labels, quantile: name }, value: us / 1e6 }],
  );
}

function powerSamples({ labels, windows }: Cohort): MetricSample[] {
  const bySource = new Map<string, number[]>();
  for (const { energyMw } of windows) {
    if (energyMw === null) continue;
    const values = bySource.get(energyMw.source) ?? [];
    values.push(energyMw.value);
    bySource.set(energyMw.source, values);
  }
  return [...bySource].map(([source, values]) => ({
    labels: { ...labels, source },
    value: values.reduce((sum, value) => sum + value, 0) / values.length / 1_000,
  }));
}

function highest({ labels, windows }: Cohort, pick: (window: WindowFigures) => number | null): MetricSample[] {
  const values = windows.map(pick).filter((value) => value !== null);
  return values.length === 0 ? [] : [{ labels, value: values.reduce((a, b) => Math.max(a, b)) }];
}

function workMetrics({ openRollouts, alerting, channels, channelHealths, malformed }: MetricsInput): MetricFamily[] {
  const known = new Set([...channels, ...channelHealths.keys()]);
  const isFailing = (channel: ChannelName) => (channelHealths.get(channel) ?? freshChannel).failingSinceMs !== null;
  return [
    gauge(
      'lln_rollout_devices',
      'Devices of rollouts that may still do something, by how far they are.',
      ['rollout', 'kind', 'status', 'progress'],
      openRollouts.flatMap(({ rolloutId, kind, status, members }) =>
        countBy(members, ({ progress }) => ({ rollout: rolloutId, kind, status, progress })),
      ),
    ),
    gauge(
      'lln_rollout_wave',
      'The wave that such a rollout is at; the first is 1.',
      ['rollout', 'kind', 'status'],
      openRollouts.map(({ rolloutId, kind, status, waveIndex }) => ({
        labels: { rollout: rolloutId, kind, status },
        value: waveIndex + 1,
      })),
    ),
    gauge(
      'lln_alerts_open',
      'Alerts that have not ended.',
      ['rule', 'severity', 'acknowledged'],
      countBy([...alerting.alerts.values()].filter(isOpen), ({ rule, severity, acknowledged }) => ({
        rule,
        severity,
        acknowledged: acknowledged === null ? 'no' : 'yes',
      })),
    ),
    gauge(
      'lln_incidents_open',
      'Incidents that nobody has closed.',
      [],
      [{ labels: {}, value: [...alerting.incidents.values()].filter(isUnresolved).length }],
    ),
    gauge(
      'lln_notices_waiting',
      'Notices that were not delivered yet.',
      ['channel'],
      countBy(alerting.notices.values(), ({ channel }) => ({ channel })),
    ),
    gauge(
      'lln_channel_up',
      '0 for a channel whose last attempt failed.',
      ['channel'],
      [...known].map((channel) => ({ labels: { channel }, value: isFailing(channel) ? 0 : 1 })),
    ),
    {
      name: 'lln_messages_malformed_total',
      help: 'Messages that could not be used, since the start.',
      type: 'counter',
      labels: [],
      samples: [{ labels: {}, value: malformed }],
    },
  ];
}

function isOpen({ endedMs }: Alert): boolean {
  return endedMs === null;
}

function isUnresolved(incident: Incident): boolean {
  return incident.closed === null;
}

function gauge(name: string, help: string, labels: readonly string[], samples: readonly MetricSample[]): MetricFamily {
  return { name, help, type: 'gauge', labels, samples };
}
