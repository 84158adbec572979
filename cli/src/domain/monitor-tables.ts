import type { SourcedFigure } from '@liquid-lln/protocol';
import { formatDuration } from './duration.js';
import type { CohortSample, DeviceSample, MonitorSample, Performance, RolloutAnalysis } from './monitor-sample.js';
import { analysisTable } from './rollout-text.js';
import type { Table } from './table.js';
import { absent, formatBytes, formatMicroseconds, formatNumber, formatPackage, formatRatio } from './units.js';

/** What `monitor` can show. */
export const monitorMetrics = ['key', 'system'] as const;
export type MonitorMetric = (typeof monitorMetrics)[number];

/** A table with a line above it. */
export interface TitledTable {
  readonly title: string;
  readonly table: Table;
}

/** One moment of a monitoring as tables. */
export function monitorTables(metric: MonitorMetric, sample: MonitorSample): TitledTable[] {
  if (metric === 'system') return [{ title: '', table: deviceTable('system', sample.devices) }];
  const cohorts = sample.cohorts.map((cohort) => keyTable(cohort, sample.devices));
  const analysis = monitorAnalysis(sample);
  return analysis === null ? cohorts : [...cohorts, analysis];
}

/** What the canaries of the newest rollout show against the others; null where nothing was compared. */
export function monitorAnalysis({ analysis }: MonitorSample): TitledTable | null {
  return analysis === null ? null : analysisBlock(analysis);
}

/** Devices one by one, in the order given. */
export function deviceTable(metric: MonitorMetric, devices: readonly DeviceSample[]): Table {
  return metric === 'system' ? systemTable(devices) : { head: keyHead, rows: devices.map(keyRow) };
}

function analysisBlock(analysis: RolloutAnalysis): TitledTable {
  const { rolloutId, waveIndex, verdict } = analysis;
  return {
    title: `rollout ${rolloutId}, wave ${waveIndex + 1} against the devices without it: ${verdict}`,
    table: analysisTable(analysis),
  };
}

const keyHead = ['DEVICE', 'REQS', 'ERRORS', 'P50', 'P99', 'LIMIT', 'ENERGY', 'TEMP', 'MEM', 'FIRES'] as const;

function keyTable(cohort: CohortSample, devices: readonly DeviceSample[]): TitledTable {
  const digest = cohort.package?.digest;
  const members = devices.filter((device) => device.package?.digest === digest);
  const name = cohort.package === null ? 'no package' : formatPackage(cohort.package);
  return {
    title: `${name}, ${cohort.devices} device${cohort.devices === 1 ? '' : 's'}`,
    table: {
      head: keyHead,
      rows: [...members.map(keyRow), ...(members.length > 1 ? [cohortRow(cohort)] : [])],
    },
  };
}

function keyRow(device: DeviceSample): string[] {
  return [
    device.deviceId,
    ...performanceCells(device, device.latencyUsLimit),
    energyCell(device),
    figureCell(device.temperatureC, 'C'),
    formatRatio(device.memoryRatio),
    firesCell(device),
  ];
}

function cohortRow(cohort: CohortSample): string[] {
  return ['all', ...performanceCells(cohort, cohort.latencyUsLimit), '', '', '', ''];
}

function performanceCells(performance: Performance, latencyUsLimit: number | null): string[] {
  return [
    `${performance.inferences}`,
    formatRatio(performance.errorRatio),
    formatMicroseconds(performance.latencyUsP50),
    formatMicroseconds(performance.latencyUsP99),
    formatMicroseconds(latencyUsLimit),
  ];
}

function energyCell({ energyMw, energyMwLimit }: DeviceSample): string {
  if (energyMw === null || energyMwLimit === null) return figureCell(energyMw, 'mW');
  return `${formatNumber(energyMw.value, '')}/${formatNumber(energyMwLimit, 'mW')} ${sourceOf(energyMw)}`;
}

/** A figure with its source: an estimate is never shown as if it were measured. */
function figureCell(figure: SourcedFigure, unit: string): string {
  return figure === null ? absent : `${formatNumber(figure.value, unit)} ${sourceOf(figure)}`;
}

function sourceOf({ source, uncertainty }: NonNullable<SourcedFigure>): string {
  return uncertainty === undefined ? source : `±${formatRatio(uncertainty)} ${source}`;
}

function firesCell({ breaches, online, silentMs }: DeviceSample): string {
  const away = online ? [] : [silentMs === null ? 'never seen' : `offline ${formatDuration(silentMs)}`];
  const fires = breaches.map(({ metric, level }) => `${metric} ${level}`);
  return [...away, ...fires].join(', ') || absent;
}

function systemTable(devices: readonly DeviceSample[]): Table {
  return {
    head: ['DEVICE', 'CPU', 'LOAD', 'MEM', 'OF', 'AGENT', 'DISK FREE', 'TEMP', 'UPTIME', 'FIRES'],
    rows: devices.map((device) => [device.deviceId, ...systemCells(device), firesCell(device)]),
  };
}

function systemCells({ system, temperatureC }: DeviceSample): string[] {
  if (system === null) return Array<string>(8).fill(absent);
  return [
    formatRatio(system.cpuRatio),
    formatNumber(system.load1, ''),
    formatRatio(system.memoryUsedRatio),
    system.memoryTotalBytes === null ? absent : formatBytes(system.memoryTotalBytes),
    formatBytes(system.agentRssBytes),
    system.diskFreeBytes === null ? absent : formatBytes(system.diskFreeBytes),
    figureCell(temperatureC, 'C'),
    formatDuration(system.uptimeSeconds * 1000),
  ];
}
