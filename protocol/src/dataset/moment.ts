/**
 * A moment in ISO 8601 as milliseconds since 1970; null if it is none. Without a zone it is UTC, on every machine:
 * the reader's own zone would make hours longer twice a year.
 */
export function momentMs(text: string): number | null {
  const hasTimeWithoutZone = /[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/.test(text);
  const ms = Date.parse(hasTimeWithoutZone ? `${text.replace(' ', 'T')}Z` : text);
  return Number.isFinite(ms) ? ms : null;
}
