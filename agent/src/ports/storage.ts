/** Room on the file system that holds the store. */
export interface StorageSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly freeInodes: number;
}

/**
 * The agent's folder. Paths are relative to it, with `/`. Whatever has returned survives a power cut, except where it
 * says otherwise.
 */
export interface Storage {
  /** Handed to the disk since the storage was opened, in all files. */
  readonly bytesWritten: number;
  /** @returns null if there is no such file. */
  read(path: string): Promise<Uint8Array | null>;
  /** Names of the files in a folder, the one written first first; empty if there is none. */
  list(folder: string): Promise<readonly string[]>;
  /** Replaces a file whole: a reader sees the old content or the new. @throws LlnError STORAGE_FULL, STORAGE_FAILED */
  writeDurable(path: string, data: Uint8Array): Promise<void>;
  /** Adds to the end of a file; a power cut may leave a part of the addition. */
  appendDurable(path: string, data: Uint8Array): Promise<void>;
  /** Writes a part of a file, which need not survive a power cut before `rename` has moved it. */
  writeAt(path: string, offset: number, data: Uint8Array): Promise<void>;
  /** Moves a file over another one, its content made durable first. */
  rename(from: string, to: string): Promise<void>;
  /** No error if there is no such file. */
  remove(path: string): Promise<void>;
  space(): Promise<StorageSpace>;
  /** Where a path is, for another process to read. */
  absolutePath(path: string): string;
}
