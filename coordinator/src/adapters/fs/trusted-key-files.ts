import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LlnError, parseTrustedKeys, type TrustedKeys } from '@liquid-lln/protocol';

/**
 * The keys that are trusted now: those of the files named, or all of `dataDir/trusted/*.pub` if none is named. Read
 * for every package, so that a key that is added or removed counts at once.
 */
export function readTrustedKeys(files: readonly string[], dataDir: string): TrustedKeys {
  const paths = files.length > 0 ? files : filesOfFolder(join(dataDir, 'trusted'));
  return parseTrustedKeys(paths.map(readText));
}

function filesOfFolder(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.pub'))
    .sort()
    .map((name) => join(folder, name));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new LlnError('FILE_UNREADABLE', `cannot read the trusted key ${path}`, { path }, cause);
  }
}
