import type { KernelNetwork } from '@liquid-lln/firmware-bridge';
import { LlnError, type Manifest } from '@liquid-lln/protocol';
import { type CsvRow, type CsvTable, columnIndex, numberAt } from './csv-table.js';
import { momentMs } from './moment.js';
import { decisionOf, labelOf, runSequence, type Sequence } from './run-network.js';

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

const unitMs = { second: 1_000, minute: 60_000, hour: 3_600_000 } as const;
const usualLabelColumns = ['label', 'class', 'target', 'occupancy'];
const timestampColumns = ['timestamp', 'time', 'date'];

/** Streams a table through the network, from the zero state at its first row. */
export function runCsv(network: KernelNetwork, manifest: Manifest, table: CsvTable, options: CsvOptions): CsvResult {
  const { outputs } = runSequence(network, readSequence(manifest, table, options.fixedTimeStep));
  const labels = manifest.outputs.labels === null ? null : outputs.map((output) => labelOf(manifest.outputs, output));
  return { rows: table.rows.length, outputs, labels, score: scoreOf(manifest, table, outputs, options.labelColumn) };
}

/** A table as the inputs of a network, with a time step for each row. @throws LlnError INPUT_INVALID */
export function readSequence(
  manifest: Pick<Manifest, 'inputs' | 'timeStep'>,
  table: CsvTable,
  fixedTimeStep: number | null,
): Sequence {
  const inputColumns = manifest.inputs.map(({ name }) => requireColumn(table, name));
  const inputs = table.rows.map((row) => inputColumns.map((column) => numberAt(table, row, column)));
  return { inputs, timeSteps: timeStepsOf(table, manifest.timeStep, fixedTimeStep) };
}

/** From row to row by the time stamps; the first row, which has nothing before it, takes the default. */
function timeStepsOf(table: CsvTable, timeStep: Manifest['timeStep'], fixed: number | null): number[] {
  const column = timestampColumns.map((name) => columnIndex(table, name)).find((index) => index >= 0);
  if (fixed !== null || column === undefined || timeStep.unit === 'step')
    return table.rows.map(() => fixed ?? timeStep.default);
  const moments = table.rows.map((row) => momentAt(row, column));
  const stepMs = unitMs[timeStep.unit];
  return moments.map((moment, index) => {
    const previous = moments[index - 1];
    if (previous === undefined) return timeStep.default;
    if (moment < previous) throw new LlnError('INPUT_INVALID', `line ${table.rows[index]?.line}: time goes backwards`);
    return (moment - previous) / stepMs;
  });
}

function momentAt({ fields, line }: CsvRow, column: number): number {
  const moment = momentMs(fields[column] ?? '');
  if (moment === null) throw new LlnError('INPUT_INVALID', `line ${line}: "${fields[column]}" is not a time stamp`);
  return moment;
}

function requireColumn(table: CsvTable, name: string): number {
  const index = columnIndex(table, name);
  if (index >= 0) return index;
  throw new LlnError('INPUT_INVALID', `there is no column "${name}"; there are ${table.columns.join(', ')}`, { name });
}

function scoreOf(manifest: Manifest, table: CsvTable, outputs: number[][], named: string | null): CsvScore | null {
  const { kind, labels } = manifest.outputs;
  if (kind !== 'logits' || labels === null) {
    if (named === null) return null;
    throw new LlnError('USAGE', `${manifest.name} gives values, not labels: --label-column makes no sense`);
  }
  const column = labelColumnOf(table, labels, named);
  if (column === null) return null;
  const truths = table.rows.map((row) => truthAt(table, row, column, labels));
  return {
    labelColumn: table.columns[column] ?? '',
    ...countDecisions(outputs.map(decisionOf), truths, labels.length),
  };
}

function labelColumnOf(table: CsvTable, labels: readonly string[], named: string | null): number | null {
  if (named !== null) return requireColumn(table, named);
  const found = [...usualLabelColumns, ...labels].map((name) => columnIndex(table, name)).find((index) => index >= 0);
  return found ?? null;
}

/** A right answer is written as the label's text or as its number, from 0. */
function truthAt(table: CsvTable, row: CsvRow, column: number, labels: readonly string[]): number {
  const field = row.fields[column] ?? '';
  const index = labels.includes(field) ? labels.indexOf(field) : Number(field === '' ? Number.NaN : field);
  if (Number.isInteger(index) && index >= 0 && index < labels.length) return index;
  const place = `line ${row.line}, ${table.columns[column]}`;
  throw new LlnError('INPUT_INVALID', `${place}: "${field}" is none of ${labels.join(', ')}`);
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
