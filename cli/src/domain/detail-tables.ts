import type { DetailedFindings } from '@liquid-lln/protocol';
import { findBottleneck } from './bottleneck.js';
import type { Found } from './profile-tables.js';
import type { Table } from './table.js';
import { absent, formatMicroseconds, formatNumber, formatPackage, formatRatio } from './units.js';

/** Whether a device is a board, which its id says. */
export function isBoard(deviceId: string): boolean {
  return deviceId.includes('.');
}

/** Where an inference's time goes on each device, and within the kernel by layer. */
export function detailTable(devices: readonly Found<DetailedFindings>[]): Table {
  return {
    head: ['DEVICE', 'PART', 'TIME, P50', 'SHARE', 'FROM'],
    rows: devices.flatMap(({ deviceId, result, findings, error }) => {
      if (findings === null) return [[deviceId, error?.code ?? 'no result', absent, absent, absent]];
      const bottleneck = findBottleneck(findings, isBoard(deviceId));
      if (bottleneck === null) return [[deviceId, 'no inference went well', absent, absent, absent]];
      const kernelUs = bottleneck.parts.find(({ name }) => name === 'kernel')?.us ?? 0;
      const head = [deviceId, formatPackage(result?.package ?? null), absent, absent, absent];
      const parts = bottleneck.parts.flatMap(({ name, us, share }) => [
        ['', name, formatMicroseconds(us), formatRatio(share), 'measured'],
        ...(name === 'kernel' ? layerRows(findings, kernelUs) : []),
      ]);
      return [head, ...parts];
    }),
  };
}

/** A kernel has no clock within a step: its layers are told apart by their work. */
function layerRows({ layers }: DetailedFindings, kernelUs: number): string[][] {
  return layers.map(({ name, share }) => [
    '',
    `  ${name}`,
    formatMicroseconds(kernelUs * share),
    formatRatio(share),
    'estimated by its multiply-accumulates',
  ]);
}

/** The bottleneck of each device, with the figures behind it. */
export function bottleneckTable(devices: readonly Found<DetailedFindings>[]): Table {
  return {
    head: ['DEVICE', 'BOTTLENECK', 'WHY', 'PARTS', 'CPU', 'CLOCK', 'MEMORY', 'BROKER'],
    rows: devices.map(({ deviceId, findings, error }) => {
      if (findings === null) return [deviceId, error?.code ?? 'no result', ...Array<string>(6).fill(absent)];
      const found = findBottleneck(findings, isBoard(deviceId));
      const { cpuRatio, memoryRatio, clock } = findings.machine;
      return [
        deviceId,
        found?.name ?? absent,
        found?.detail ?? 'no inference went well',
        found?.parts.map(({ name, us }) => `${name} ${formatMicroseconds(us)}`).join(', ') ?? absent,
        formatRatio(cpuRatio),
        clock === null ? absent : `${Math.round(clock.nowMhz)} of ${Math.round(clock.maxMhz)} MHz`,
        formatRatio(memoryRatio),
        formatNumber(findings.brokerMs, 'ms'),
      ];
    }),
  };
}
