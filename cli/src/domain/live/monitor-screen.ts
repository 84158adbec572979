import { type AlertView, shortDigest } from '@liquid-lln/protocol';
import { formatDuration } from '../duration.js';
import type { DeviceSample, MonitorSample, RolloutProgress } from '../monitor-sample.js';
import { deviceTable, type MonitorMetric, monitorAnalysis, type TitledTable } from '../monitor-tables.js';
import type { Table } from '../table.js';
import { absent, formatMicroseconds, formatNumber, formatPackage, formatRatio, formatTime } from '../units.js';
import type { CohortHistory, CohortMetric } from './cohort-history.js';
import { type DrawingSigns, drawBar, spanOf, sparkline } from './sparkline.js';

/** What a live view is made of. */
export interface ScreenInit {
  readonly target: string;
  readonly metric: MonitorMetric;
  readonly sample: MonitorSample;
  readonly history: readonly CohortHistory[];
  readonly elapsedMs: number;
  readonly durationMs: number;
  readonly signs: DrawingSigns;
}

/** A part of a screen. Rows of its table may be left out where the terminal is too low; `left` says of how many. */
export interface ScreenPart extends TitledTable {
  /** How a number of rows that were left out is called; null: all have to be shown. */
  readonly left: ((rows: number) => string) | null;
}

/** Of one view, the two packages that most has to be known of; more do not fit side by side. */
const cohortsShown = 2;
const trendWidth = 16;
const barWidth = 20;

/** One moment of a monitoring for a terminal: what matters most comes first, and well devices last. */
export function monitorScreen(init: ScreenInit): ScreenPart[] {
  const { sample, metric } = init;
  const analysis = metric === 'key' ? monitorAnalysis(sample) : null;
  const parts: ScreenPart[] = [
    ...sample.rollouts.map((rollout) => rolloutPart(rollout, init)),
    ...(metric === 'key' ? [cohortPart(init)] : []),
    ...(analysis === null ? [] : [{ ...analysis, left: null }]),
    alertPart(sample.alerts),
    devicePart(init),
  ];
  const [first, ...rest] = parts.filter(({ title, table }) => title !== '' || table.rows.length > 0);
  const head = `${init.target} at ${formatTime(sample.atMs)}, ${spanText(init)}`;
  return [{ title: head, table: noTable, left: null }, ...(first === undefined ? [] : [first, ...rest])];
}

const noTable: Table = { head: [], rows: [] };

function spanText({ elapsedMs, durationMs }: ScreenInit): string {
  return `${formatDuration(elapsedMs)} of ${formatDuration(durationMs)}`;
}

function rolloutPart(rollout: RolloutProgress, { signs }: ScreenInit): ScreenPart {
  const { title, done, asked, wave } = rollout;
  const bar = `[${drawBar(done, asked, barWidth, signs)}] ${done} of ${asked} devices`;
  return { title: [title, bar, wave].join('\n'), table: noTable, left: null };
}

const metricRows: readonly { name: string; metric: CohortMetric; format: (value: number | null) => string }[] = [
  { name: 'requests', metric: 'inferences', format: (value) => formatNumber(value, '') },
  { name: 'errors', metric: 'errorRatio', format: formatRatio },
  { name: 'latency p50', metric: 'latencyUsP50', format: formatMicroseconds },
  { name: 'latency p99', metric: 'latencyUsP99', format: formatMicroseconds },
  { name: 'energy', metric: 'energyMw', format: (value) => formatNumber(value, 'mW') },
  { name: 'temperature', metric: 'temperatureC', format: (value) => formatNumber(value, 'C') },
  { name: 'memory', metric: 'memoryRatio', format: formatRatio },
];

/** Packages side by side, each metric on one scale for all of them, so that their lines can be compared. */
function cohortPart({ sample, history, signs }: ScreenInit): ScreenPart {
  const inRollout = new Set(sample.rollouts.map(({ digest }) => digest));
  const rank = (cohort: CohortHistory): number => (inRollout.has(cohort.package?.digest ?? null) ? 1 : 0);
  const ordered = history.toSorted((a, b) => rank(b) - rank(a) || b.devices - a.devices);
  const shown = ordered.slice(0, cohortsShown);
  const rows = metricRows.map(({ name, metric, format }) => {
    const span = spanOf(shown.flatMap(({ figures }) => figures.slice(-trendWidth).map((figure) => figure[metric])));
    const cells = shown.flatMap(({ figures, energySources }) => {
      const series = figures.map((figure) => figure[metric]);
      const source = metric === 'energyMw' && energySources.length > 0 ? ` ${energySources.join('/')}` : '';
      return [`${format(series.at(-1) ?? null)}${source}`, sparkline(series, span, trendWidth, signs)];
    });
    return [name, ...cells, name === 'latency p99' ? limitOf(shown) : ''];
  });
  const others = ordered.length - shown.length;
  return {
    title: others === 0 ? '' : `${others} more package${others === 1 ? '' : 's'} on devices of this target`,
    table: { head: ['METRIC', ...headsOf(shown), 'LIMIT'], rows },
    left: null,
  };
}

/** The names of packages; of those with the same name and version also what they are. */
function headsOf(shown: readonly CohortHistory[]): string[] {
  const names = shown.map(({ package: identity }) => (identity === null ? 'no package' : formatPackage(identity)));
  const areAlike = new Set(names).size < names.length;
  return shown.flatMap(({ package: identity, devices }, index) => {
    const digest = areAlike && identity !== null ? ` ${shortDigest(identity.digest)}` : '';
    return [`${names[index]}${digest}`, `ON ${devices}`];
  });
}

function limitOf(cohorts: readonly CohortHistory[]): string {
  const limits = cohorts.flatMap(({ latencyUsLimit }) => (latencyUsLimit === null ? [] : [latencyUsLimit]));
  return limits.length === 0 ? absent : formatMicroseconds(Math.min(...limits));
}

function alertPart(alerts: readonly AlertView[]): ScreenPart {
  return {
    title: alerts.length === 0 ? '' : `${count(alerts.length, 'open alert')}`,
    table: {
      head: ['ALERT', 'SEVERITY', 'RULE', 'SUBJECT', 'DETAIL'],
      rows: alerts.map(({ alertId, severity, rule, subject, detail }) => [alertId, severity, rule, subject, detail]),
    },
    left: (rows) => `and ${count(rows, 'more alert')}`,
  };
}

/** Devices at which something fires first; those that are well fill what room is left. */
function devicePart({ sample, metric }: ScreenInit): ScreenPart {
  const trouble = sample.devices.filter(isTroubled);
  const ordered = [...trouble, ...sample.devices.filter((device) => !isTroubled(device))];
  return {
    title: `${count(sample.devices.length, 'device')}, ${trouble.length === 0 ? 'nothing fires' : `${trouble.length} with something that fires`}`,
    table: deviceTable(metric, ordered),
    left: (rows) => `and ${count(rows, 'more device')}, of which ${countHidden(ordered, rows)} fire`,
  };
}

function countHidden(ordered: readonly DeviceSample[], rows: number): number {
  return ordered.slice(ordered.length - rows).filter(isTroubled).length;
}

function isTroubled({ online, breaches }: DeviceSample): boolean {
  return !online || breaches.length > 0;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
