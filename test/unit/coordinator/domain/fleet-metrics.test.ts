import {
  fleetMetrics,
  freshChannel,
  type MeteredDevice,
  type MetricFamily,
  type MetricsInput,
} from '@liquid-lln/coordinator';
import t from 'tap';
import { channelOf } from '../../../support/coordinator/notices.js';
import { runningNew, someDevice } from '../../../support/coordinator/rollout-builders.js';
import { someHealth, someMember, someRollout } from '../../../support/fleet-views.js';

const quiet: MetricsInput = {
  devices: [],
  openRollouts: [],
  alerting: { alerts: new Map(), incidents: new Map(), notices: new Map() },
  channels: [],
  channelHealths: new Map(),
  malformed: 0,
};
const breach = { metric: 'latency', level: 'alert', value: 7_000, limit: 6_000, unit: 'us', samples: 90 };

/** The samples of one metric, as `label label ... value`. */
function samplesOf(families: readonly MetricFamily[], name: string): string[] {
  const family = families.find((one) => one.name === name);
  if (family === undefined) throw new Error(`there is no ${name}`);
  return family.samples.map(({ labels, value }) => [...Object.values(labels), value].join(' ')).toSorted();
}

function metered(name: string, changes: Partial<MeteredDevice> = {}): MeteredDevice {
  return { device: someDevice(name), isIsolated: false, health: someHealth(name, [100, 200]), ...changes };
}

t.test('devices are counted by where they are and whether they are there', async (t) => {
  const families = fleetMetrics({
    ...quiet,
    devices: [
      metered('gw-1'),
      metered('gw-2', { isIsolated: true }),
      metered('gw-3', { device: someDevice('gw-3', { isOnline: false }) }),
      metered('gw-4', { device: someDevice('gw-4', { environment: 'staging', kind: 'stm32h743' }) }),
    ],
  });
  t.same(samplesOf(families, 'lln_fleet_devices'), [
    'production native isolated 1',
    'production native offline 1',
    'production native online 1',
    'staging stm32h743 online 1',
  ]);
});

t.test('a canary and the others are cohorts of their own, merged from sketches', async (t) => {
  const canary = someDevice('gw-1', { reported: runningNew('trial', 3) });
  const slow = Array.from({ length: 100 }, () => 10_000);
  const families = fleetMetrics({
    ...quiet,
    devices: [
      metered('gw-1', { device: canary, health: someHealth('gw-1', slow, { breaches: [breach] }) }),
      metered('gw-2'),
      metered('gw-3'),
    ],
  });
  t.same(samplesOf(families, 'lln_fleet_serving'), [
    'production occupancy-cfc@1.0.0 confirmed 2',
    'production occupancy-cfc@2.0.0 trial 1',
  ]);
  t.same(samplesOf(families, 'lln_cohort_inferences'), [
    'production occupancy-cfc@1.0.0 4',
    'production occupancy-cfc@2.0.0 100',
  ]);
  const [, , , , old, , , canaryMean] = samplesOf(families, 'lln_cohort_latency_seconds');
  t.match(old, /2\.0\.0 0\.5 /);
  t.match(canaryMean, /2\.0\.0 mean 0.01$/);
  t.same(samplesOf(families, 'lln_fleet_breaches'), ['production latency alert 1']);
});

t.test('what nobody measured has no sample', async (t) => {
  const health = someHealth('gw-1', []);
  const bare = { ...health, window: { ...health.window, energyMw: null, temperatureC: null, memoryRatio: null } };
  const families = fleetMetrics({
    ...quiet,
    devices: [metered('gw-1', { health: bare }), metered('gw-2', { health: null })],
  });
  for (const name of ['latency_seconds', 'power_watts', 'temperature_celsius_max', 'memory_used_ratio_max'])
    t.same(samplesOf(families, `lln_cohort_${name}`), [], name);
});

t.test('an estimate of power is told from what a meter shows', async (t) => {
  const of = (name: string, value: number, source: 'hwmon' | 'model') => {
    const health = someHealth(name, [100]);
    return metered(name, { health: { ...health, window: { ...health.window, energyMw: { value, source } } } });
  };
  const devices = [of('gw-1', 2_000, 'hwmon'), of('gw-2', 3_000, 'hwmon'), of('gw-3', 900, 'model')];
  t.same(samplesOf(fleetMetrics({ ...quiet, devices }), 'lln_cohort_power_watts'), [
    'production occupancy-cfc@1.0.0 hwmon 2.5',
    'production occupancy-cfc@1.0.0 model 0.9',
  ]);
});

t.test('open rollouts, channels and what waits for them are counted', async (t) => {
  const rollout = someRollout({
    status: 'running',
    members: [someMember('gw-1'), someMember('gw-2', { progress: 'trial' }), someMember('gw-3', { progress: 'trial' })],
  });
  const [chat, mail] = [channelOf('chat'), channelOf('mail')];
  const failing = { ...freshChannel, failures: 2, failingSinceMs: 5, detail: '503' };
  const families = fleetMetrics({
    ...quiet,
    openRollouts: [rollout],
    channels: [chat, mail],
    channelHealths: new Map([[mail, failing]]),
    malformed: 7,
  });
  t.same(samplesOf(families, 'lln_rollout_devices'), [
    'r-0abc12 deploy running confirmed 1',
    'r-0abc12 deploy running trial 2',
  ]);
  t.same(samplesOf(families, 'lln_rollout_wave'), ['r-0abc12 deploy running 1']);
  t.same(samplesOf(families, 'lln_channel_up'), ['chat 1', 'mail 0']);
  t.same(samplesOf(families, 'lln_messages_malformed_total'), ['7']);
});
