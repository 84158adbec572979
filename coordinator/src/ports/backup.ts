import type { Digest } from '@liquid-lln/protocol';

/** What a store holds, once it was found whole. */
export interface StoreFacts {
  readonly schemaVersion: number;
  /** The packages whose files belong to it. */
  readonly packages: readonly Digest[];
  readonly auditEntries: number;
}

/** Copies of a store's file. */
export interface StoreCopies {
  /** Writes a copy as of one moment, whoever writes to the store meanwhile. */
  copy(from: string, to: string): Promise<void>;
  /**
   * Reads all of a copy and changes nothing.
   * @throws LlnError STORE_CORRUPT if it is damaged or its audit log was changed, STORE_NEWER
   */
  inspect(path: string): Promise<StoreFacts>;
}

/** One file of a backup. */
export interface BackupFile {
  /** Below the folder, with `/`. */
  readonly name: string;
  readonly bytes: number;
  /** Its SHA-256, in hexadecimal digits. */
  readonly sha256: string;
}

/** `backup.json`: written last, so that a backup without it is none. */
export interface BackupManifest {
  readonly format: 1;
  readonly takenMs: number;
  readonly schemaVersion: number;
  readonly files: readonly BackupFile[];
}

/** The files of backups and of data folders. Whatever is written is on disk when its promise resolves. */
export interface BackupFiles {
  /** Makes a folder for a backup, readable by its owner only. @throws LlnError FILE_UNWRITABLE if it has something in it */
  begin(folder: string): Promise<void>;
  /** Names of the files that are there, of those that a backup takes beside the store; without packages. */
  extras(dataDir: string): Promise<readonly string[]>;
  /** Copies one file. @throws LlnError FILE_UNREADABLE */
  copy(from: string, to: string, name: string): Promise<BackupFile>;
  /** What a file that is there already is. */
  describe(folder: string, name: string): Promise<BackupFile>;
  seal(folder: string, manifest: BackupManifest): Promise<void>;
  discard(folder: string): Promise<void>;
  /** @throws LlnError BACKUP_INVALID if the folder holds no whole backup */
  open(folder: string): Promise<BackupManifest>;
  /** Makes room for what is restored; nothing of an earlier attempt is left in it. @returns its folder */
  prepare(dataDir: string): Promise<string>;
  /** Whether a data folder has a store, or was being restored when that was cut short. */
  look(dataDir: string): Promise<{ readonly hasStore: boolean; readonly isUnfinished: boolean }>;
  /**
   * Puts what was prepared in the place of what is there, which is set aside. Until it has resolved, `look` says that the
   * restoring is unfinished.
   * @returns where the former content is; null where there was none
   */
  swap(dataDir: string, nowMs: number): Promise<string | null>;
}
