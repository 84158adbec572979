import { LlnError, momentMs } from '@liquid-lln/protocol';

// Option values as people type them. Each parser throws USAGE, naming the text and what was expected.

/** A finite number. */
function parseNumber(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new LlnError('USAGE', `"${text}" is not a number`);
  return value;
}

/** A number above zero. */
export function parsePositive(text: string): number {
  const value = parseNumber(text);
  if (value <= 0) throw new LlnError('USAGE', `"${text}" is not above zero`);
  return value;
}

/** A number of zero or more. */
export function parseNonNegative(text: string): number {
  const value = parseNumber(text);
  if (value < 0) throw new LlnError('USAGE', `"${text}" is below zero`);
  return value;
}

/** A share as a ratio (`0.977`) or in percent (`97.7%`). */
export function parseShare(text: string): number {
  const isPercent = text.trim().endsWith('%');
  const value = isPercent ? parseNumber(text.trim().slice(0, -1)) / 100 : parseNumber(text);
  if (value >= 0 && value <= 1) return value;
  throw new LlnError('USAGE', `"${text}" is not a share: write 0.977 or 97.7%`);
}

/** `MIN,MAX`, ascending. */
export function parseRange(text: string): [number, number] {
  const [min, max, ...rest] = text.split(',').map(parseNumber);
  if (min === undefined || max === undefined || rest.length > 0 || min >= max)
    throw new LlnError('USAGE', `"${text}" is not a range: write MIN,MAX, the smaller one first`);
  return [min, max];
}

/** Numbers separated by commas. */
export function parseNumbers(text: string): number[] {
  return text.split(',').map(parseNumber);
}

/** A moment in ISO 8601, as milliseconds since 1970. */
export function parseMoment(text: string): number {
  const ms = momentMs(text.trim());
  if (ms === null) throw new LlnError('USAGE', `"${text}" is not a moment: write 2026-01-31T12:00:00Z`);
  return ms;
}

/** Collects the values of an option that may be given again. */
export function collect<T>(parse: (text: string) => T): (text: string, previous: readonly T[] | undefined) => T[] {
  return (text, previous) => [...(previous ?? []), parse(text)];
}
