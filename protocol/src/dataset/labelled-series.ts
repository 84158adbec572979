import { LlnError } from '../base/errors.js';
import type { Manifest } from '../package/manifest.js';
import { type CsvRow, type CsvTable, columnIndex, numberAt } from './csv-table.js';
import { momentMs } from './moment.js';

/** A table as a network takes it: the inputs of each row, and how much time passes before it. */
export interface Series {
  readonly inputs: readonly (readonly number[])[];
  readonly timeSteps: readonly number[];
}

const unitMs = { second: 1_000, minute: 60_000, hour: 3_600_000 } as const;
const usualLabelColumns = ['label', 'class', 'target', 'occupancy'];
const timestampColumns = ['timestamp', 'time', 'date'];

/**
 * A table as the inputs of a network, with a time step for each row.
 * @param fixedTimeStep the same for every row, whatever the time stamps say; null to go by them
 * @throws LlnError INPUT_INVALID
 */
export function readSeries(
  manifest: Pick<Manifest, 'inputs' | 'timeStep'>,
  table: CsvTable,
  fixedTimeStep: number | null,
): Series {
  const inputColumns = manifest.inputs.map(({ name }) => requireColumn(table, name));
  const inputs = table.rows.map((row) => inputColumns.map((column) => numberAt(table, row, column)));
  return { inputs, timeSteps: timeStepsOf(table, manifest.timeStep, fixedTimeStep) };
}

/** The column that holds the right answers: the one named, or one that is named like that; null if there is none. */
export function findLabelColumn(table: CsvTable, labels: readonly string[], named: string | null): number | null {
  if (named !== null) return requireColumn(table, named);
  const found = [...usualLabelColumns, ...labels].map((name) => columnIndex(table, name)).find((index) => index >= 0);
  return found ?? null;
}

/** The right answer of each row, as the number of its label. @throws LlnError INPUT_INVALID */
export function truthsOf(table: CsvTable, column: number, labels: readonly string[]): number[] {
  return table.rows.map((row) => truthAt(table, row, column, labels));
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

/** A right answer is written as the label's text or as its number, from 0. */
function truthAt(table: CsvTable, row: CsvRow, column: number, labels: readonly string[]): number {
  const field = row.fields[column] ?? '';
  const index = labels.includes(field) ? labels.indexOf(field) : Number(field === '' ? Number.NaN : field);
  if (Number.isInteger(index) && index >= 0 && index < labels.length) return index;
  const place = `line ${row.line}, ${table.columns[column]}`;
  throw new LlnError('INPUT_INVALID', `${place}: "${field}" is none of ${labels.join(', ')}`);
}
