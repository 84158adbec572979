import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LlnError } from '@liquid-lln/protocol';

/** Reads a file that the user named, refusing one above `bytesMax` before reading it. @throws LlnError FILE_UNREADABLE */
export function readUserFile(path: string, bytesMax: number): Uint8Array {
  try {
    const size = statSync(path).size;
    if (size > bytesMax)
      throw new LlnError('FILE_UNREADABLE', `${path} has ${size} bytes, the limit is ${bytesMax}`, { path });
    return readFileSync(path);
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

/** Reads a UTF-8 text file that the user named. @throws LlnError FILE_UNREADABLE */
export function readUserText(path: string, bytesMax: number): string {
  return Buffer.from(readUserFile(path, bytesMax)).toString('utf8');
}

/** Reads a JSON file that the user named. @throws LlnError FILE_UNREADABLE */
export function readUserJson(path: string, bytesMax: number): unknown {
  try {
    return JSON.parse(readUserText(path, bytesMax));
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

export interface WriteOptions {
  /** Replace a file that is already there. */
  readonly force: boolean;
  /** Permissions, such as 0o600; the usual ones if left out. */
  readonly mode?: number;
}

/**
 * Writes a whole file or nothing: beside its place first, then by renaming, so that no reader sees half of it.
 * @throws LlnError USAGE if it exists and `force` is not set; FILE_UNWRITABLE
 */
export function writeWholeFile(path: string, content: Uint8Array | string, { force, mode }: WriteOptions): void {
  refuseExisting(path, force);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeFileSync(temporary, content, { flag: 'wx', flush: true, ...(mode === undefined ? {} : { mode }) });
    renameSync(temporary, path);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw new LlnError('FILE_UNWRITABLE', `cannot write ${path}: ${messageOf(thrown)}`, { path }, thrown);
  }
}

/** @throws LlnError USAGE if the file exists and `force` is not set. */
export function refuseExisting(path: string, force: boolean): void {
  if (!force && existsSync(path)) throw new LlnError('USAGE', `${path} exists: add --force to replace it`, { path });
}

/**
 * Finds out whether a file could be written, as far as that can be known before it is.
 * @throws LlnError USAGE if it exists and `force` is not set; FILE_UNWRITABLE
 */
export function refuseUnwritable(path: string, force: boolean): void {
  refuseExisting(path, force);
  try {
    accessSync(dirname(path), constants.W_OK);
    if (existsSync(path) && statSync(path).isDirectory()) throw new Error('it is a folder');
  } catch (thrown) {
    throw new LlnError('FILE_UNWRITABLE', `cannot write ${path}: ${messageOf(thrown)}`, { path }, thrown);
  }
}

function unreadable(path: string, thrown: unknown): LlnError {
  if (thrown instanceof LlnError) return thrown;
  return new LlnError('FILE_UNREADABLE', `cannot read ${path}: ${messageOf(thrown)}`, { path }, thrown);
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
