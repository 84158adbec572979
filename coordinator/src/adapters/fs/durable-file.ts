import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces a file so that after a power cut it is either the old or the new one, whole. */
export async function writeDurably(path: string, data: Uint8Array | string, mode = 0o644): Promise<void> {
  // Of this call alone: two operators may bring the same package at the same time.
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await withFile(temporary, 'w', mode, async (file) => {
      await file.writeFile(data);
      await file.sync();
    });
    await rename(temporary, path);
  } catch (thrown) {
    // What the disk has no room for would only keep the room from others.
    await rm(temporary, { force: true });
    throw thrown;
  }
  await syncFolder(dirname(path));
}

/** Makes a folder and its parents; each is on disk when the promise resolves. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o755 });
  if (first !== undefined) await syncFolder(dirname(first));
}

export async function syncFolder(path: string): Promise<void> {
  await withFile(path, 'r', 0, (folder) => folder.sync());
}

export async function withFile<T>(
  path: string,
  flags: string,
  mode: number,
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, flags, mode);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
