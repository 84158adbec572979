import type { ThresholdChange } from '@liquid-lln/protocol';
import type { Table } from './table.js';
import { absent, formatMicroseconds, formatNumber } from './units.js';

/** What changes, device by device. */
export function thresholdTable(changes: readonly ThresholdChange[]): Table {
  return {
    head: ['DEVICE', 'THRESHOLD', 'NOW', 'FROM', 'NEW'],
    rows: changes.map(({ deviceId, metric, unit, before, origin, after }) => [
      deviceId,
      metric,
      figure(before, unit),
      origin ?? absent,
      figure(after, unit),
    ]),
  };
}

function figure(value: number | null, unit: ThresholdChange['unit']): string {
  return unit === 'us' ? formatMicroseconds(value) : formatNumber(value, unit);
}
