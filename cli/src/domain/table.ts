/** A table as data: how it looks is the renderer's business. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** No column becomes narrower. */
const columnWidthMin = 6;

/** A space, unless a digit is before it and what looks like a unit after it. */
const wordGap = /(?<!\d) | (?!(?:%|[A-Za-z]{1,3})(?:[\s,;:)/]|$))/;

/** Where a long name may be parted: after a sign between two words of it. Numbers, times and ids stay whole. */
const seam = /(?<=[A-Za-z]{2}[-_./:])(?=[A-Za-z])|(?<=@)/;

/**
 * The widths of the columns so that a table fits: what each column needs; where that is too much the widest ones give
 * way, at first only by breaking where words and names have seams, then anywhere.
 * @param gap characters between two columns
 */
export function columnWidths({ head, rows }: Table, widthMax: number, gap: number): number[] {
  const cells = head.map((title, column) => [title, ...rows.map((row) => row[column] ?? '')]);
  const available = widthMax - gap * Math.max(0, head.length - 1);
  const natural = cells.map((texts) => longest(texts));
  const atSeams = shrink(
    natural,
    cells.map((texts) => longest(texts.flatMap(wordsOf).flatMap(piecesOf))),
    available,
  );
  return shrink(
    atSeams,
    cells.map(() => columnWidthMin),
    available,
  );
}

/** Takes from the widest columns until all fit; none goes below its minimum. */
function shrink(widths: readonly number[], widthsMin: readonly number[], available: number): number[] {
  const shrunk = [...widths];
  for (let excess = sum(shrunk) - available; excess > 0; excess -= 1) {
    const widest = indexOfWidest(shrunk, widthsMin);
    if (widest === -1) break;
    shrunk[widest] = (shrunk[widest] ?? 0) - 1;
  }
  return shrunk;
}

/** The widest column that may still give; -1 if none may. */
function indexOfWidest(widths: readonly number[], widthsMin: readonly number[]): number {
  const giving = widths.map((width, column) => (width > (widthsMin[column] ?? 0) ? width : 0));
  const widest = Math.max(...giving);
  return widest === 0 ? -1 : giving.indexOf(widest);
}

/**
 * Breaks a cell into lines of at most `width`: between words, and words that are too long at their seams
 * (`name@` `1.2.3`) or, where there is none, anywhere. Nothing but the spaces at a break is left out.
 */
export function wrapCell(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of wordsOf(text)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(...breakWord(word, width));
  }
  return lines.length === 0 ? [''] : lines;
}

/** Fills the first line with as many pieces as fit; a piece that is too long itself is cut. */
function breakWord(word: string, width: number): string[] {
  if (word.length <= width) return [word];
  let end = 0;
  for (const piece of piecesOf(word)) {
    if (end + piece.length > width) break;
    end += piece.length;
  }
  const cut = end === 0 ? width : end;
  return [word.slice(0, cut), ...breakWord(word.slice(cut), width)];
}

function piecesOf(word: string): string[] {
  return word.split(seam);
}

/** A number and its unit are one word. */
function wordsOf(text: string): string[] {
  return text.split(wordGap).filter((word) => word !== '');
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
