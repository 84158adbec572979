import type { KernelNetwork } from '@liquid-lln/firmware-bridge';
import { type CsvTable, findLabelColumn, LlnError, type Manifest, readSeries, truthsOf } from '@liquid-lln/protocol';
import { decisionOf, labelOf, runSequence } from './run-network.js';

/** How a run over a file differs from the usual. */
export interface CsvOptions {
  /** The same time step for every row, whatever the time stamps say; null to go by them. */
  readonly fixedTimeStep: number | null;
  /** Where the right answers are; null to look for a column that is named like one. */
  readonly labelColumn: string | null;
}

/** How many rows the network decided rightly. */
interface CsvScore {
  readonly labelColumn: string;
  readonly accuracy: number;
  readonly right: number;
  /** Of the second of two labels; null where there are more than two. */
  readonly falsePositives: number | null;
  readonly falseNegatives: number | null;
}

export interface CsvResult {
  readonly rows: number;
  readonly outputs: number[][];
  /** The label of each row; null where outputs are values. */
  readonly labels: (string | null)[] | null;
  readonly score: CsvScore | null;
}

/** Streams a table through the network, from the zero state at its first row. */
export function runCsv(network: KernelNetwork, manifest: Manifest, table: CsvTable, options: CsvOptions): CsvResult {
  const { outputs } = runSequence(network, readSeries(manifest, table, options.fixedTimeStep));
  const labels = manifest.outputs.labels === null ? null : outputs.map((output) => labelOf(manifest.outputs, output));
  return { rows: table.rows.length, outputs, labels, score: scoreOf(manifest, table, outputs, options.labelColumn) };
}

function scoreOf(manifest: Manifest, table: CsvTable, outputs: number[][], named: string | null): CsvScore | null {
  const { kind, labels } = manifest.outputs;
  if (kind !== 'logits' || labels === null) {
    if (named === null) return null;
    throw new LlnError('USAGE', `${manifest.name} gives values, not labels: --label-column makes no sense`);
  }
  const column = findLabelColumn(table, labels, named);
  if (column === null) return null;
  const truths = truthsOf(table, column, labels);
  return {
    labelColumn: table.columns[column] ?? '',
    ...countDecisions(outputs.map(decisionOf), truths, labels.length),
  };
}

function countDecisions(decisions: number[], truths: number[], labels: number): Omit<CsvScore, 'labelColumn'> {
  const rowsWith = (decision: number, truth: number) =>
    decisions.filter((decided, row) => decided === decision && truths[row] === truth).length;
  const right = decisions.filter((decision, row) => decision === truths[row]).length;
  const isBinary = labels === 2;
  return {
    accuracy: right / decisions.length,
    right,
    falsePositives: isBinary ? rowsWith(1, 0) : null,
    falseNegatives: isBinary ? rowsWith(0, 1) : null,
  };
}
