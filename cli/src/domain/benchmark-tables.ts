import type { BenchmarkFindings, ComparisonRow, RunComparison } from '@liquid-lln/protocol';
import type { Found } from './profile-tables.js';
import type { Table } from './table.js';
import { absent, formatMicroseconds, formatNumber, formatPackage, formatRatio } from './units.js';

export function benchmarkTable(devices: readonly Found<BenchmarkFindings>[]): Table {
  return {
    head: ['DEVICE', 'PACKAGE', 'SAMPLES', 'ERRORS', 'P50', 'P95', 'P99', 'WITH CALL AND LINE, P50', 'ENERGY', 'TEMP'],
    rows: devices.map(({ deviceId, result, findings, error }) => {
      if (findings === null) return [deviceId, error?.code ?? 'no result', ...Array<string>(8).fill(absent)];
      const { engineUs, wholeUs, errors, energy, temperatureC } = findings;
      const at = (q: number) => formatMicroseconds(engineUs?.quantiles.find((one) => one.q === q)?.value ?? null);
      const source = energy.source === null ? '' : ` ${energy.source}`;
      return [
        deviceId,
        formatPackage(result?.package ?? null),
        String(engineUs?.count ?? 0),
        String(errors),
        at(0.5),
        at(0.95),
        at(0.99),
        formatMicroseconds(wholeUs?.quantiles.find(({ q }) => q === 0.5)?.value ?? null),
        `${formatNumber(energy.energyMw?.mean ?? null, 'mW')}${source}`,
        formatNumber(temperatureC?.mean ?? null, 'C'),
      ];
    }),
  };
}

/** Then and now, with what chance alone would make of it. */
export function comparisonTable({ rows }: RunComparison): Table {
  return {
    head: ['DEVICE', 'FIGURE', 'THEN, P50', 'NOW, P50', 'CHANGE', 'P', 'VERDICT'],
    rows: rows.map((row) => [
      row.deviceId,
      row.metric,
      figure(row.before, row),
      figure(row.after, row),
      changeText(row),
      row.p === null ? absent : row.p < 0.001 ? '< 0.001' : row.p.toFixed(3),
      row.verdict,
    ]),
  };
}

function changeText({ change }: ComparisonRow): string {
  if (change === null) return absent;
  return `${signed(change.ratio)} (${signed(change.low)} to ${signed(change.high)})`;
}

function signed(ratio: number): string {
  return `${ratio < 0 ? '' : '+'}${(ratio * 100).toFixed(1)} %`;
}

function figure(value: number | null, { unit }: ComparisonRow): string {
  if (unit === 'us') return formatMicroseconds(value);
  return unit === 'mW' ? formatNumber(value, unit) : formatRatio(value);
}
