import {
  type Distribution,
  describeSketch,
  type EnergyFindings,
  energyVerdict,
  type Findings,
  type LatencyFindings,
  type MeasuredDevice,
  mergeSketches,
  type QuantileFigure,
} from '@liquid-lln/protocol';
import type { Table } from './table.js';
import { absent, formatMicroseconds, formatNumber, formatPackage } from './units.js';

/** What devices found of one kind, beside those that found nothing. */
export type Found<F extends Findings> = MeasuredDevice & { readonly findings: F | null };

export function foundOf<K extends Findings['kind']>(
  devices: readonly MeasuredDevice[],
  kind: K,
): Found<Extract<Findings, { kind: K }>>[] {
  const isKind = (findings: Findings): findings is Extract<Findings, { kind: K }> => findings.kind === kind;
  return devices.map((device) => {
    const findings = device.result?.findings;
    return { ...device, findings: findings !== undefined && isKind(findings) ? findings : null };
  });
}

/** Quantiles of what all devices found together; empty if none found anything. */
export function fleetQuantiles(distributions: readonly (Distribution | null)[]): QuantileFigure[] {
  const known = distributions.filter((distribution) => distribution !== null);
  return describeSketch(mergeSketches(known.map(({ sketch }) => sketch)));
}

export function latencyTable(devices: readonly Found<LatencyFindings>[]): Table {
  const rows = devices.map(({ deviceId, result, findings, error }) => {
    if (findings === null) return failedRow(deviceId, error, 9);
    const { engineUs, wholeUs, errors, budgetUs } = findings;
    return [
      deviceId,
      formatPackage(result?.package ?? null),
      String(engineUs?.count ?? 0),
      String(errors),
      ...quantileCells(engineUs?.quantiles ?? [], formatMicroseconds),
      formatMicroseconds(engineUs?.mean ?? null),
      formatMicroseconds(wholeUs?.quantiles[0]?.value ?? null),
      formatMicroseconds(budgetUs),
    ];
  });
  const all = fleetQuantiles(devices.map(({ findings }) => findings?.engineUs ?? null));
  const samples = devices.reduce((sum, { findings }) => sum + (findings?.engineUs?.count ?? 0), 0);
  const allRow = ['all', '', String(samples), '', ...quantileCells(all, formatMicroseconds), '', '', ''];
  return {
    head: ['DEVICE', 'PACKAGE', 'SAMPLES', 'ERRORS', 'P50', 'P95', 'P99', 'MEAN', 'WITH CALL AND LINE, P50', 'BUDGET'],
    rows: devices.length > 1 ? [...rows, allRow] : rows,
  };
}

export function energyTable(devices: readonly Found<EnergyFindings>[]): Table {
  const rows = devices.map(({ deviceId, result, findings, error }) => {
    if (findings === null) return failedRow(deviceId, error, 9);
    const { energyMw, source, uncertainty } = findings;
    return [
      deviceId,
      formatPackage(result?.package ?? null),
      String(energyMw?.count ?? 0),
      ...quantileCells(energyMw?.quantiles ?? [], formatMilliwatts),
      formatMilliwatts(energyMw?.mean ?? null),
      source ?? 'nothing measures it',
      uncertainty === null ? absent : `±${Math.round(uncertainty * 100)} %`,
      energyVerdictText(findings),
    ];
  });
  return {
    head: ['DEVICE', 'PACKAGE', 'READINGS', 'P50', 'P95', 'P99', 'MEAN', 'SOURCE', 'MAY BE OFF', 'BUDGET'],
    rows: devices.length > 1 ? [...rows, fleetEnergyRow(devices)] : rows,
  };
}

/** What a fleet draws is the sum of its devices, not their mean; unknown where one of them does not say. */
function fleetEnergyRow(devices: readonly Found<EnergyFindings>[]): string[] {
  const means = devices.map(({ findings }) => findings?.energyMw?.mean ?? null);
  const known = means.filter((mean) => mean !== null);
  const total = formatMilliwatts(known.reduce((sum, mean) => sum + mean, 0));
  const of = known.length === means.length ? '' : ` of ${known.length} devices`;
  return ['all', '', '', '', '', '', known.length === 0 ? absent : `${total}${of}, summed`, '', '', ''];
}

function energyVerdictText(findings: EnergyFindings): string {
  const verdict = energyVerdict(findings);
  const budget = formatMilliwatts(findings.budgetMw);
  return verdict === null ? budget : `${budget}: ${verdict}`;
}

/** Median and the 95th and 99th percentile, each with the interval that holds the true one in 95 of 100 cases. */
function quantileCells(quantiles: readonly QuantileFigure[], format: (value: number | null) => string): string[] {
  return [0.5, 0.95, 0.99].map((q) => {
    const figure = quantiles.find((candidate) => candidate.q === q);
    if (figure === undefined) return absent;
    return `${format(figure.value)} (${format(figure.low)} to ${format(figure.high)})`;
  });
}

function formatMilliwatts(value: number | null): string {
  return formatNumber(value, 'mW');
}

function failedRow(deviceId: string, error: MeasuredDevice['error'], columns: number): string[] {
  return [deviceId, error?.code ?? 'no result', ...Array<string>(columns - 1).fill(absent)];
}
