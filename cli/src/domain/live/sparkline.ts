/** What a terminal can draw: eighths of a line and blocks where it has Unicode, signs of ASCII elsewhere. */
export interface DrawingSigns {
  /** From the lowest to the highest. */
  readonly levels: readonly string[];
  readonly full: string;
  readonly empty: string;
}

export const unicodeSigns: DrawingSigns = { levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'], full: '█', empty: '░' };
export const asciiSigns: DrawingSigns = { levels: ['_', '.', '-', '=', '*', '#'], full: '#', empty: '-' };

/** The signs for a terminal whose locale is this (`LC_ALL`, `LC_CTYPE` or `LANG`, the first that is set). */
export function signsFor(locale: string | undefined): DrawingSigns {
  return /utf-?8/i.test(locale ?? '') ? unicodeSigns : asciiSigns;
}

/** The span of a scale; null where there is nothing to show. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

/** The span of all values; null without any. */
export function spanOf(values: readonly (number | null)[]): Span | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : { low: Math.min(...known), high: Math.max(...known) };
}

/**
 * The newest values of a series as one sign each, the newest to the right, on a scale that it may share with others.
 * A moment without a value is a space: it is no zero. A series that does not move lies on the ground.
 */
export function sparkline(
  values: readonly (number | null)[],
  span: Span | null,
  width: number,
  { levels }: DrawingSigns,
): string {
  const newest = values.slice(-width);
  if (span === null) return ''.padEnd(width);
  const range = span.high - span.low;
  const drawn = newest.map((value) => {
    if (value === null) return ' ';
    const share = range === 0 ? 0 : (value - span.low) / range;
    return levels[Math.round(share * (levels.length - 1))] ?? ' ';
  });
  return drawn.join('').padStart(width);
}

/** `done` of `total` as a bar; it is full only when all is done. */
export function drawBar(done: number, total: number, width: number, { full, empty }: DrawingSigns): string {
  const filled = total <= 0 ? 0 : Math.floor((Math.min(done, total) / total) * width);
  return full.repeat(filled) + empty.repeat(width - filled);
}
