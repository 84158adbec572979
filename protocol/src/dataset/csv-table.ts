import { LlnError } from '../base/errors.js';

/** A CSV file with a header line: plain fields separated by commas, without quotes. */
export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

export interface CsvRow {
  /** From 1, the header being line 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** Takes a CSV file apart; empty lines count for nothing. @throws LlnError INPUT_INVALID naming the line */
export function parseCsv(text: string): CsvTable {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const filled = lines.map((content, index) => ({ line: index + 1, content })).filter(({ content }) => content !== '');
  const [header, ...body] = filled.map(({ line, content }) => ({ line, fields: fieldsOf(line, content) }));
  if (header === undefined || body.length === 0) throw new LlnError('INPUT_INVALID', 'the CSV file has no rows');
  for (const { line, fields } of body) {
    if (fields.length !== header.fields.length)
      throw new LlnError(
        'INPUT_INVALID',
        `line ${line} has ${fields.length} fields, the header ${header.fields.length}`,
      );
  }
  return { columns: header.fields, rows: body };
}

function fieldsOf(line: number, content: string): string[] {
  if (content.includes('"')) throw new LlnError('INPUT_INVALID', `line ${line} has quotes: write plain fields`);
  return content.split(',').map((field) => field.trim());
}

/** The place of a column by its name, whatever its case; -1 if there is none. */
export function columnIndex(table: CsvTable, name: string): number {
  return table.columns.findIndex((column) => column.toLowerCase() === name.toLowerCase());
}

/** A field as a number. @throws LlnError INPUT_INVALID naming line and column */
export function numberAt(table: CsvTable, row: CsvRow, column: number): number {
  const field = row.fields[column] ?? '';
  const value = field === '' ? Number.NaN : Number(field);
  if (Number.isFinite(value)) return value;
  throw new LlnError('INPUT_INVALID', `line ${row.line}, ${table.columns[column]}: "${field}" is not a number`);
}
