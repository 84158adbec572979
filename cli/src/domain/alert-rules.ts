import {
  type BaselineFile,
  defaultPolicy,
  figuresOf,
  type MeasuredFigures,
  thresholdsFrom,
} from '@liquid-lln/protocol';
import { formatTime } from './units.js';

/** A rule of Prometheus: a series that is computed, or an alert. */
interface Rule {
  readonly name: string;
  readonly expression: string;
  /** Seconds for which it has to hold; null for a series. */
  readonly forSeconds: number | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string | null;
}

const latencySeries = 'lln_baseline:latency_seconds';
const powerSeries = 'lln_baseline:power_watts';
const { errorRatioAlert, errorRatioRollback, latencyExcessAlert, energyExcessAlert, memoryRatioAlert } = defaultPolicy;

/**
 * Rules for Prometheus, as its rule files have them (YAML): the thresholds of a baseline as series, one for each device,
 * and the alerts of the deployment runbook over the metrics of agents and coordinator. The thresholds are those that
 * `monitor --update-thresholds` makes of the same file.
 */
export function alertRules(baseline: BaselineFile): string {
  const rules = [...baseline.devices.map(figuresOf).flatMap(thresholdSeries), ...alerts];
  const head = [
    `# Made from a baseline of ${baseline.target}, ${formatTime(baseline.createdMs)}.`,
    'groups:',
    '  - name: liquid-lln',
    '    rules:',
  ];
  return `${[...head, ...rules.flatMap(ruleLines)].join('\n')}\n`;
}

function thresholdSeries(figures: MeasuredFigures): Rule[] {
  const { deviceId, latencyUs, energyMw } = thresholdsFrom(figures);
  const series = (name: string, value: number): Rule => ({
    name,
    expression: `vector(${value})`,
    forSeconds: null,
    labels: { device: deviceId },
    summary: null,
  });
  return [
    ...(latencyUs === null ? [] : [series(latencySeries, latencyUs / 1e6)]),
    ...(energyMw === null ? [] : [series(powerSeries, energyMw / 1e3)]),
  ];
}

const errorRatio =
  'sum by (device) (rate(lln_inferences_total{result="error"}[2m])) / (sum by (device) (rate(lln_inferences_total[2m])) > 0)';
const latency =
  'sum by (device) (rate(lln_inference_latency_seconds_sum[2m])) / (sum by (device) (rate(lln_inference_latency_seconds_count[2m])) > 0)';

const alerts: readonly Rule[] = [
  alert('LiquidLlnErrorRateHigh', `${errorRatio} > ${errorRatioAlert}`, 60, 'warning', 'answers with errors'),
  alert(
    'LiquidLlnErrorRateCritical',
    `${errorRatio} > ${errorRatioRollback}`,
    120,
    'critical',
    'fails too often to stay',
  ),
  alert(
    'LiquidLlnLatencyHigh',
    `${latency} > ${1 + latencyExcessAlert} * max by (device) (${latencySeries})`,
    120,
    'warning',
    'is slower than its baseline allows',
  ),
  alert(
    'LiquidLlnPowerHigh',
    `max by (device) (lln_power_watts) > ${1 + energyExcessAlert} * max by (device) (${powerSeries})`,
    300,
    'warning',
    'draws more power than its baseline allows',
  ),
  alert(
    'LiquidLlnMemoryExhaustion',
    `max by (device) (lln_memory_used_ratio) > ${memoryRatioAlert}`,
    60,
    'warning',
    'runs out of memory',
  ),
  alert(
    'LiquidLlnTemperature',
    'max by (device) (lln_breach{metric="temperature"}) == 1',
    60,
    'warning',
    'is outside its safe temperature',
  ),
  alert(
    'LiquidLlnBoardUnresponsive',
    'min by (device) (lln_device_reachable) == 0',
    60,
    'critical',
    'does not answer its gateway',
  ),
  {
    name: 'LiquidLlnDevicesUnresponsive',
    expression: 'sum by (environment) (lln_fleet_devices{presence="offline"}) > 0',
    forSeconds: 300,
    labels: { severity: 'critical' },
    summary: '{{ $value }} devices of {{ $labels.environment }} are not heard',
  },
  {
    name: 'LiquidLlnNoticesStuck',
    expression: 'min by (channel) (lln_channel_up) == 0 and on (channel) sum by (channel) (lln_notices_waiting) > 0',
    forSeconds: 300,
    labels: { severity: 'warning' },
    summary: 'notices wait for {{ $labels.channel }}',
  },
];

function alert(name: string, expression: string, forSeconds: number, severity: string, what: string): Rule {
  return { name, expression, forSeconds, labels: { severity }, summary: `{{ $labels.device }} ${what}` };
}

/** JSON's strings are YAML's, too. */
function ruleLines({ name, expression, forSeconds, labels, summary }: Rule): string[] {
  return [
    `      - ${forSeconds === null ? 'record' : 'alert'}: ${name}`,
    `        expr: ${JSON.stringify(expression)}`,
    ...(forSeconds === null ? [] : [`        for: ${forSeconds}s`]),
    '        labels:',
    ...Object.entries(labels).map(([label, value]) => `          ${label}: ${JSON.stringify(value)}`),
    ...(summary === null ? [] : ['        annotations:', `          summary: ${JSON.stringify(summary)}`]),
  ];
}
