import { readdirSync, readFileSync } from 'node:fs';

/** The entries of a folder, sorted; none where there is no such folder. */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  } catch {
    return []; // The machine has nothing of this class.
  }
}

/** A file's text without white space around it; null where there is none, or none for us to read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

/** A file's number; null for anything else. */
export function readNumber(path: string): number | null {
  const text = readText(path);
  const value = text === null || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
