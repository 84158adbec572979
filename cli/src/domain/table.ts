/** A table as data: how it looks is the renderer's business. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * The widths of the columns so that a table fits: what each column needs, and where that is too much the widest ones
 * give way first, down to `columnWidthMin`.
 * @param gap characters between two columns
 */
export function columnWidths({ head, rows }: Table, widthMax: number, gap: number): number[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const available = widthMax - gap * Math.max(0, head.length - 1);
  let excess = sum(widths) - available;
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    const width = widths[widest] ?? 0;
    if (width <= columnWidthMin) break;
    const second = Math.max(columnWidthMin, ...widths.filter((other) => other < width));
    const cut = Math.min(excess, Math.max(1, width - second));
    widths[widest] = Math.max(columnWidthMin, width - cut);
    excess = sum(widths) - available;
  }
  return widths;
}

const columnWidthMin = 6;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
