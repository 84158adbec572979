import type { DatasetView, EvaluateFindings } from '@liquid-lln/protocol';
import type { Found } from './profile-tables.js';
import type { Table } from './table.js';
import { absent, formatBytes, formatPackage, formatRatio, formatTime } from './units.js';

export function accuracyTable(devices: readonly Found<EvaluateFindings>[]): Table {
  return {
    head: ['DEVICE', 'PACKAGE', 'ROWS', 'RIGHT', 'ACCURACY', 'WRONG', 'MINIMUM', 'RESULT'],
    rows: devices.map(({ deviceId, result, findings, error }) => {
      if (findings === null) return [deviceId, error?.code ?? 'no result', ...Array<string>(6).fill(absent)];
      const { rows, right, accuracy, low, high, minimum } = findings;
      return [
        deviceId,
        formatPackage(result?.package ?? null),
        String(rows),
        String(right),
        `${formatRatio4(accuracy)} (${formatRatio4(low)} to ${formatRatio4(high)})`,
        wrongText(findings),
        formatRatio(minimum),
        accuracyVerdict(findings),
      ];
    }),
  };
}

/** Whether the accuracy is at least what the package promises. */
export function accuracyVerdict({ accuracy, minimum }: EvaluateFindings): 'met' | 'below' | 'no minimum' {
  if (minimum === null) return 'no minimum';
  return accuracy >= minimum ? 'met' : 'below';
}

/** What was taken for what, most often first. */
function wrongText({ confusion, labels, unusable }: EvaluateFindings): string {
  const wrong = confusion.flatMap((row, truth) =>
    row.flatMap((rows, decided) => (rows === 0 || truth === decided ? [] : [{ rows, truth, decided }])),
  );
  const texts = wrong
    .sort((a, b) => b.rows - a.rows)
    .slice(0, 4)
    .map(({ rows, truth, decided }) => `${rows} ${labels[truth]} as ${labels[decided]}`);
  if (unusable > 0) texts.push(`${unusable} unusable`);
  return texts.length === 0 ? absent : texts.join(', ');
}

export function datasetTable(datasets: readonly DatasetView[]): Table {
  return {
    head: ['NAME', 'FOR', 'ROWS', 'COLUMNS', 'SIZE', 'DIGEST', 'ADDED', 'BY'],
    rows: datasets.map(({ name, packageName, rows, columns, sizeBytes, digest, addedMs, addedBy }) => [
      name,
      packageName ?? 'any package',
      String(rows),
      columns.join(', '),
      formatBytes(sizeBytes),
      digest.slice(0, 12),
      formatTime(addedMs),
      addedBy,
    ]),
  };
}

function formatRatio4(ratio: number): string {
  return `${(ratio * 100).toFixed(2)} %`;
}
