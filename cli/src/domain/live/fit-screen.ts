/** A part of a screen in lines: what has to stand there, and what may be left out from its end. */
export interface ScreenLines {
  readonly fixed: readonly string[];
  /** One entry for a row of a table, which may have several lines. */
  readonly rows: readonly (readonly string[])[];
  /** What stands for so many rows that are left out; null: none may be. */
  readonly left: ((rows: number) => string) | null;
}

/**
 * The lines of a screen that is at most `linesMax` high: parts in their order with a line between them. Rows give way
 * first in the last part, then in the one before it; at last lines are cut, so that a screen never scrolls.
 */
export function fitScreen(parts: readonly ScreenLines[], linesMax: number): string[] {
  let excess = sum(parts.map(heightOf)) + parts.length - 1 - linesMax;
  const shown: string[][] = [];
  for (const part of parts.toReversed()) {
    const kept = excess > 0 && part.left !== null ? shorten(part, excess) : part;
    excess -= heightOf(part) - heightOf(kept);
    shown.unshift([...kept.fixed, ...kept.rows.flat()]);
  }
  return shown.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines])).slice(0, Math.max(0, linesMax));
}

/** Leaves out as many rows from the end as it takes, and says so in a line that stands in their place. */
function shorten({ fixed, rows, left }: ScreenLines, excess: number): ScreenLines {
  let kept = rows.length;
  let saved = -1;
  while (kept > 0 && saved < excess) {
    kept -= 1;
    saved += rows[kept]?.length ?? 0;
  }
  const note = left === null || kept === rows.length ? [] : [[left(rows.length - kept)]];
  return { fixed, rows: [...rows.slice(0, kept), ...note], left };
}

function heightOf({ fixed, rows }: ScreenLines): number {
  return fixed.length + sum(rows.map((lines) => lines.length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
