import type { Storage, StorageSpace } from '../ports/storage.js';

/** A folder of a storage as a storage of its own. */
export class ScopedStorage implements Storage {
  readonly #storage: Storage;
  readonly #folder: string;
  #bytesWritten = 0;

  constructor(storage: Storage, folder: string) {
    this.#storage = storage;
    this.#folder = folder;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  read(path: string): Promise<Uint8Array | null> {
    return this.#storage.read(this.#within(path));
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#storage.list(this.#within(folder));
  }

  writeDurable(path: string, data: Uint8Array): Promise<void> {
    return this.#count(data, this.#storage.writeDurable(this.#within(path), data));
  }

  appendDurable(path: string, data: Uint8Array): Promise<void> {
    return this.#count(data, this.#storage.appendDurable(this.#within(path), data));
  }

  writeAt(path: string, offset: number, data: Uint8Array): Promise<void> {
    return this.#count(data, this.#storage.writeAt(this.#within(path), offset, data));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#storage.rename(this.#within(from), this.#within(to));
  }

  remove(path: string): Promise<void> {
    return this.#storage.remove(this.#within(path));
  }

  space(): Promise<StorageSpace> {
    return this.#storage.space();
  }

  absolutePath(path: string): string {
    return this.#storage.absolutePath(this.#within(path));
  }

  async #count(data: Uint8Array, written: Promise<void>): Promise<void> {
    await written;
    this.#bytesWritten += data.length;
  }

  #within(path: string): string {
    return `${this.#folder}/${path}`;
  }
}
