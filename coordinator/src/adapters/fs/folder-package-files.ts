import { readdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, LlnError, limits } from '@liquid-lln/protocol';
import type { PackageFiles } from '../../ports/package-files.js';
import { hasCode, storing } from './disk-errors.js';
import { makeFolder, syncFolder, withFile, writeDurably } from './durable-file.js';

const uploadsMax = 32;
/** An upload that nobody goes on with is thrown away. */
const uploadAgeMsMax = 24 * 3600 * 1000;
/** What uploads leave free: a store that cannot write refuses all work. */
const spareBytes = 4 * 1024 * 1024;

/** Reads how much room there is on the disk of a folder. */
type FreeBytes = (folder: string) => Promise<number>;

/** Packages as `packages/DIGEST.liquid`, uploads as `uploads/FILE-DIGEST`. */
export class FolderPackageFiles implements PackageFiles {
  readonly #packages: string;
  readonly #uploads: string;
  readonly #readFreeBytes: FreeBytes;
  /** One write at a time, so that two messages never append the same bytes. */
  #work: Promise<unknown> = Promise.resolve();

  private constructor(dataDir: string, readFreeBytes: FreeBytes) {
    this.#packages = join(dataDir, 'packages');
    this.#uploads = join(dataDir, 'uploads');
    this.#readFreeBytes = readFreeBytes;
  }

  static async open(dataDir: string, readFreeBytes: FreeBytes = freeBytesOf): Promise<FolderPackageFiles> {
    const files = new FolderPackageFiles(dataDir, readFreeBytes);
    await makeFolder(files.#packages);
    await makeFolder(files.#uploads);
    return files;
  }

  openUpload(fileDigest: Digest, sizeBytes: number): Promise<number> {
    return this.#inOrder(async () => {
      const path = this.#uploadPath(fileDigest);
      const haveBytes = await sizeOf(path);
      if (haveBytes !== null && haveBytes <= sizeBytes) return haveBytes;
      await this.#makeRoom();
      await this.#refuseWithoutRoom(sizeBytes);
      await withFile(path, 'w', 0o644, (file) => file.sync());
      await syncFolder(this.#uploads);
      return 0;
    });
  }

  appendUpload(fileDigest: Digest, offset: number, data: Uint8Array): Promise<number> {
    return this.#inOrder(async () => {
      const path = this.#uploadPath(fileDigest);
      const haveBytes = await sizeOf(path);
      if (haveBytes === null) throw new LlnError('USAGE', 'the upload was not opened, or has expired', { fileDigest });
      const fresh = offset <= haveBytes ? data.subarray(haveBytes - offset) : data.subarray(data.length);
      if (fresh.length === 0) return haveBytes;
      if (haveBytes + fresh.length > limits.packageBytesMax)
        throw new LlnError('PACKAGE_TOO_LARGE', `a package has at most ${limits.packageBytesMax} bytes`);
      // What the disk has no room for would only keep the room from others.
      await appendDurably(path, fresh).catch(async (thrown: unknown) => {
        if (hasCode(thrown, 'ENOSPC')) await rm(path, { force: true });
        throw thrown;
      });
      return haveBytes + fresh.length;
    });
  }

  async readUpload(fileDigest: Digest): Promise<Uint8Array> {
    try {
      return await readFile(this.#uploadPath(fileDigest));
    } catch (cause) {
      throw new LlnError('USAGE', 'the upload was not opened, or has expired', { fileDigest }, cause);
    }
  }

  async discardUpload(fileDigest: Digest): Promise<void> {
    await rm(this.#uploadPath(fileDigest), { force: true });
  }

  async savePackage(digest: Digest, file: Uint8Array): Promise<void> {
    await storing(() => writeDurably(this.#packagePath(digest), file));
  }

  async readPackage(digest: Digest): Promise<Uint8Array> {
    try {
      return await readFile(this.#packagePath(digest));
    } catch (cause) {
      throw new LlnError('STORE_CORRUPT', `the file of the registered package ${digest} is missing`, { digest }, cause);
    }
  }

  async saveDataset(digest: Digest, file: Uint8Array): Promise<void> {
    await storing(() => writeDurably(this.#datasetPath(digest), file));
  }

  async readDataset(digest: Digest): Promise<Uint8Array> {
    try {
      return await readFile(this.#datasetPath(digest));
    } catch (cause) {
      throw new LlnError('STORE_CORRUPT', `the file of the registered dataset ${digest} is missing`, { digest }, cause);
    }
  }

  /** Beside the packages: a name that no package has. */
  #datasetPath(digest: Digest): string {
    return join(this.#packages, `${digest}.csv`);
  }

  #packagePath(digest: Digest): string {
    return join(this.#packages, `${digest}.liquid`);
  }

  #uploadPath(fileDigest: Digest): string {
    return join(this.#uploads, fileDigest);
  }

  /** Forgets uploads that are too old, and refuses more than there is room for. */
  async #makeRoom(): Promise<void> {
    const names = await readdir(this.#uploads);
    const nowMs = Date.now();
    for (const name of names) {
      const path = join(this.#uploads, name);
      const { mtimeMs } = await stat(path);
      if (nowMs - mtimeMs > uploadAgeMsMax) await rm(path, { force: true });
    }
    if ((await readdir(this.#uploads)).length >= uploadsMax)
      throw new LlnError('STORAGE_FULL', `${uploadsMax} uploads are unfinished: finish one, or wait a day`);
  }

  /** The upload itself, the package that is made of it, and room for the store beside them. */
  async #refuseWithoutRoom(sizeBytes: number): Promise<void> {
    const neededBytes = 2 * sizeBytes + spareBytes;
    const freeBytes = await this.#readFreeBytes(this.#uploads);
    if (freeBytes >= neededBytes) return;
    throw new LlnError(
      'STORE_FULL',
      `the upload needs ${neededBytes} bytes on the coordinator, ${freeBytes} are free`,
      {
        neededBytes,
        freeBytes,
      },
    );
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(() => storing(work));
    this.#work = done.catch(() => undefined);
    return done;
  }
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function appendDurably(path: string, data: Uint8Array): Promise<void> {
  await withFile(path, 'a', 0o644, async (file) => {
    await file.writeFile(data);
    await file.sync();
  });
}

async function sizeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  });
  return found?.size ?? null;
}
