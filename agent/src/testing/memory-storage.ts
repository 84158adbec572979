import type { Storage, StorageSpace } from '../ports/storage.js';

/** A disk in memory that a test can fill. */
export class MemoryStorage implements Storage {
  /** By path, the one written first first. */
  readonly files = new Map<string, Uint8Array>();
  spaceLeft: StorageSpace = { freeBytes: 1e9, totalBytes: 1e9, freeInodes: 1e6 };
  /** Thrown by the next operations that write. */
  failure: Error | null = null;
  bytesWritten = 0;

  async read(path: string): Promise<Uint8Array | null> {
    return this.files.get(path)?.slice() ?? null;
  }

  async list(folder: string): Promise<readonly string[]> {
    const prefix = `${folder}/`;
    return [...this.files.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  }

  async writeDurable(path: string, data: Uint8Array): Promise<void> {
    this.#take(data);
    this.files.delete(path);
    this.files.set(path, data.slice());
  }

  async appendDurable(path: string, data: Uint8Array): Promise<void> {
    this.#take(data);
    this.files.set(path, Buffer.concat([this.files.get(path) ?? new Uint8Array(), data]));
  }

  async writeAt(path: string, offset: number, data: Uint8Array): Promise<void> {
    this.#take(data);
    const before = this.files.get(path) ?? new Uint8Array();
    const after = new Uint8Array(Math.max(before.length, offset + data.length));
    after.set(before);
    after.set(data, offset);
    this.files.set(path, after);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#requireHealth();
    const data = this.files.get(from);
    if (data === undefined) throw new Error(`there is no ${from}`);
    this.files.delete(from);
    this.files.delete(to);
    this.files.set(to, data);
  }

  async remove(path: string): Promise<void> {
    this.files.delete(path);
  }

  async space(): Promise<StorageSpace> {
    return this.spaceLeft;
  }

  absolutePath(path: string): string {
    return path;
  }

  #take(data: Uint8Array): void {
    this.#requireHealth();
    this.bytesWritten += data.length;
  }

  #requireHealth(): void {
    if (this.failure !== null) throw this.failure;
  }
}
