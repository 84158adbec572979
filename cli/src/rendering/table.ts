import CliTable from 'cli-table3';
import { columnWidths, type Table, wrapCell } from '../domain/table.js';

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
/** Columns stand this far apart: the padding to the right of each. */
const gap = 2;
/** What a table may take where nobody knows how wide the place is. */
export const defaultWidth = 80;
const defaultHeight = 24;

/** A table as it is drawn, row by row. */
export interface DrawnTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Draws a table as `renderTable`, so that single rows can be left out. */
export function drawTable(table: Table, width: number): DrawnTable {
  const widths = columnWidths(table, width, gap);
  const lines = renderTable(table, width).split('\n');
  const heightOf = (cells: readonly string[]) =>
    Math.max(...cells.map((cell, column) => wrapCell(cell, widths[column] ?? 0).length));
  let end = table.rows.length === 0 ? 0 : heightOf(table.head);
  const head = lines.slice(0, end);
  const rows = table.rows.map((cells) => {
    const start = end;
    end += heightOf(cells);
    return lines.slice(start, end);
  });
  return { head, rows };
}

/** Draws a table without lines and without colours, in at most `width` columns; longer cells continue below. */
export function renderTable(table: Table, width: number = defaultWidth): string {
  if (table.rows.length === 0) return '';
  const widths = columnWidths(table, width, gap);
  const wrapped = (cells: readonly string[]) =>
    cells.map((cell, column) => wrapCell(cell, widths[column] ?? 0).join('\n'));
  const drawn = new CliTable({
    head: wrapped(table.head),
    chars: noLines,
    style: { 'padding-left': 0, 'padding-right': gap, head: [], border: [], compact: true },
    colWidths: widths.map((columnWidth) => columnWidth + gap),
  });
  drawn.push(...table.rows.map(wrapped));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** How high a view may be that stays in its place: one line less than the terminal, for the cursor. */
export function outputHeight(): number {
  return (process.stdout.rows ?? defaultHeight) - 1;
}

/** How wide the output may be: the terminal; where there is none what `COLUMNS` says, else 80 columns. */
export function outputWidth(): number {
  return process.stdout.columns ?? (Number(process.env['COLUMNS']) || defaultWidth);
}
