import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LlnError } from '@liquid-lln/protocol';
import type { Storage, StorageSpace } from '../../ports/storage.js';

/** One primitive operation on the disk. */
export interface StorageOperation {
  /** From 0, over the life of the storage. */
  readonly index: number;
  readonly kind: 'open' | 'write' | 'sync' | 'rename' | 'sync-folder' | 'remove' | 'make-folder';
  readonly path: string;
}

/** Watches, and may hinder, every primitive operation: the seam at which tests cut the power and fill the disk. */
export interface StorageObserver {
  /** Throwing here fails the operation before it begins. */
  before?(operation: StorageOperation): void;
  /** How many of `length` bytes a write really writes; the rest is lost, as with a torn write. */
  bytesToWrite?(operation: StorageOperation, length: number): number;
  after?(operation: StorageOperation): void;
}

/** The only module of the agent that changes files. */
export class DurableStorage implements Storage {
  readonly #folder: string;
  readonly #observer: StorageObserver;
  #operations = 0;
  #bytesWritten = 0;

  /** @param folder is made if it is not there. */
  constructor(folder: string, observer: StorageObserver = {}) {
    this.#folder = folder;
    this.#observer = observer;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  absolutePath(path: string): string {
    return join(this.#folder, path);
  }

  async read(path: string): Promise<Uint8Array | null> {
    try {
      return await readFile(this.absolutePath(path));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw toStorageError(error, `cannot read ${path}`);
    }
  }

  async list(folder: string): Promise<readonly string[]> {
    try {
      const names = await readdir(this.absolutePath(folder));
      const times = await Promise.all(
        names.map(async (name) => (await stat(join(this.#folder, folder, name))).mtimeMs),
      );
      return names
        .map((name, index) => ({ name, atMs: times[index] ?? 0 }))
        .sort((a, b) => a.atMs - b.atMs)
        .map(({ name }) => name);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw toStorageError(error, `cannot list ${folder}`);
    }
  }

  async writeDurable(path: string, data: Uint8Array): Promise<void> {
    await this.#guard(`write ${path}`, async () => {
      await this.#makeFolder(dirname(path));
      const temporary = `${path}.tmp`;
      await this.#withFile(temporary, constants.O_TRUNC, async (file) => {
        await this.#write(file, temporary, data, 0);
        await this.#sync(file, temporary);
      });
      await this.#move(temporary, path);
    });
  }

  async appendDurable(path: string, data: Uint8Array): Promise<void> {
    await this.#guard(`append to ${path}`, async () => {
      await this.#makeFolder(dirname(path));
      await this.#withFile(path, 0, async (file) => {
        const { size } = await file.stat();
        await this.#write(file, path, data, size);
        await this.#sync(file, path);
        if (size === 0) await this.#syncFolder(dirname(path));
      });
    });
  }

  async writeAt(path: string, offset: number, data: Uint8Array): Promise<void> {
    await this.#guard(`write ${path}`, async () => {
      await this.#makeFolder(dirname(path));
      await this.#withFile(path, 0, (file) => this.#write(file, path, data, offset));
    });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#guard(`move ${from} to ${to}`, async () => {
      await this.#makeFolder(dirname(to));
      await this.#withFile(from, 0, (file) => this.#sync(file, from));
      await this.#move(from, to);
    });
  }

  async remove(path: string): Promise<void> {
    await this.#guard(`remove ${path}`, async () => {
      await this.#operate('remove', path, () => rm(this.absolutePath(path), { force: true }));
      await this.#syncFolder(dirname(path));
    });
  }

  async space(): Promise<StorageSpace> {
    await this.#guard('make the data folder', () => this.#makeFolder('.'));
    const { bavail, blocks, bsize, ffree, files } = await statfs(this.#folder);
    // File systems without a fixed number of inodes say that they have none at all.
    const freeInodes = files === 0 ? Number.MAX_SAFE_INTEGER : ffree;
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeInodes };
  }

  async #move(from: string, to: string): Promise<void> {
    await this.#operate('rename', to, () => rename(this.absolutePath(from), this.absolutePath(to)));
    await this.#syncFolder(dirname(to));
    if (dirname(from) !== dirname(to)) await this.#syncFolder(dirname(from));
  }

  async #makeFolder(path: string): Promise<void> {
    const made = await stat(this.absolutePath(path)).catch(() => null);
    if (made?.isDirectory() === true) return;
    await this.#operate('make-folder', path, () => mkdir(this.absolutePath(path), { recursive: true, mode: 0o700 }));
    if (path !== '.') await this.#syncFolder(dirname(path));
  }

  async #withFile(path: string, flags: number, use: (file: FileHandle) => Promise<void>): Promise<void> {
    const file = await this.#operate('open', path, () =>
      open(this.absolutePath(path), constants.O_RDWR | constants.O_CREAT | flags, 0o600),
    );
    try {
      await use(file);
    } finally {
      await file.close();
    }
  }

  async #write(file: FileHandle, path: string, data: Uint8Array, offset: number): Promise<void> {
    await this.#operate('write', path, async (operation) => {
      const length = this.#observer.bytesToWrite?.(operation, data.length) ?? data.length;
      for (let done = 0; done < length; ) {
        const { bytesWritten } = await file.write(data, done, length - done, offset + done);
        done += bytesWritten;
        this.#bytesWritten += bytesWritten;
      }
    });
  }

  async #sync(file: FileHandle, path: string): Promise<void> {
    await this.#operate('sync', path, () => file.sync());
  }

  async #syncFolder(path: string): Promise<void> {
    await this.#operate('sync-folder', path, async () => {
      const folder = await open(this.absolutePath(path), constants.O_RDONLY | constants.O_DIRECTORY).catch(
        ignoreMissing,
      );
      if (folder === null) return;
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    });
  }

  async #operate<T>(
    kind: StorageOperation['kind'],
    path: string,
    action: (operation: StorageOperation) => Promise<T>,
  ): Promise<T> {
    const operation: StorageOperation = { index: this.#operations, kind, path };
    this.#operations += 1;
    this.#observer.before?.(operation);
    const result = await action(operation);
    this.#observer.after?.(operation);
    return result;
  }

  async #guard(what: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      throw toStorageError(error, `cannot ${what}`);
    }
  }
}

function ignoreMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** The machine's failures as ours: no room, or something else. */
function toStorageError(error: unknown, what: string): LlnError {
  const code = codeOf(error) ?? 'unknown';
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const message = error instanceof Error ? error.message : String(error);
  return new LlnError(isFull ? 'STORAGE_FULL' : 'STORAGE_FAILED', `${what}: ${message}`, { cause: code }, error);
}
