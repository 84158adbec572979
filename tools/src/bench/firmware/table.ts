import Table from 'cli-table3';
import type { Figure } from '../bench.js';

/** A line for each figure: boards have different memories. */
export function renderBoards(figures: readonly Figure[]): string {
  const style = { head: [], border: [] };
  const table = new Table({ head: ['board', 'what', 'bytes'], colAligns: ['left', 'left', 'right'], style });
  for (const figure of figures) table.push([figure.case, figure.metric.replace('-bytes', ''), String(figure.value)]);
  return table.toString();
}
