import type { MemoryStorage } from '@liquid-lln/agent/testing';

/** Which write of a storage, counted over all of its files. */
export interface FrozenWrite {
  readonly path: string;
  readonly index: number;
}

/**
 * Lets writes of a storage never come to an end, as they do not when the process is killed there. Whoever started them
 * gets no further; the files stay as they were.
 * @param isAfter whether a write that is frozen has reached the disk all the same
 */
export function freezeWrites(
  storage: MemoryStorage,
  isFrozen: (path: string, index: number) => boolean,
  isAfter = false,
): { readonly writes: readonly FrozenWrite[]; end(): void } {
  const writes: FrozenWrite[] = [];
  const { writeDurable, appendDurable, writeAt, rename, remove } = storage;
  const guard = async (path: string, write: () => Promise<void>): Promise<void> => {
    const index = writes.length;
    writes.push({ path, index });
    if (!isFrozen(path, index)) return write();
    if (isAfter) await write();
    return new Promise(() => undefined);
  };
  storage.writeDurable = (path, data) => guard(path, () => writeDurable.call(storage, path, data));
  storage.appendDurable = (path, data) => guard(path, () => appendDurable.call(storage, path, data));
  storage.writeAt = (path, offset, data) => guard(path, () => writeAt.call(storage, path, offset, data));
  storage.rename = (from, to) => guard(to, () => rename.call(storage, from, to));
  storage.remove = (path) => guard(path, () => remove.call(storage, path));
  return { writes, end: () => Object.assign(storage, { writeDurable, appendDurable, writeAt, rename, remove }) };
}
