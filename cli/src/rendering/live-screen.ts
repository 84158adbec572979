import { fitScreen, type ScreenLines } from '../domain/live/fit-screen.js';
import type { ScreenPart } from '../domain/live/monitor-screen.js';
import { drawTable } from './table.js';

/** Draws a screen over the one before it. */
export type LiveScreen = (parts: readonly ScreenPart[], columns: number, lines: number) => void;

/** A view on a terminal that stays in its place; what is left on the terminal at the end is its last state. */
export function liveScreen(write: (text: string) => void): LiveScreen {
  let linesShown = 0;
  return (parts, columns, linesMax) => {
    const drawn = parts.map((part) => drawPart(part, columns, linesMax));
    const lines = fitScreen(drawn, linesMax).map((line) => [...line].slice(0, columns).join(''));
    const back = linesShown > 0 ? `\u001b[${linesShown}A\u001b[J` : '';
    linesShown = lines.length;
    write(`${back}${lines.join('\n')}\n`);
  };
}

/** Rows that no terminal of this height has room for are counted, not drawn. */
function drawPart({ title, table, left }: ScreenPart, columns: number, linesMax: number): ScreenLines {
  const hidden = Math.max(0, table.rows.length - linesMax);
  const shown = hidden === 0 ? table : { head: table.head, rows: table.rows.slice(0, linesMax) };
  const { head, rows } = drawTable(shown, columns);
  return {
    fixed: [...(title === '' ? [] : title.split('\n')), ...head],
    rows,
    left: left === null ? null : (rowsLeft) => left(rowsLeft + hidden),
  };
}
