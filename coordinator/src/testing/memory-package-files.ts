import { type Digest, LlnError } from '@liquid-lln/protocol';
import type { PackageFiles } from '../ports/package-files.js';

/** Package files in memory. */
export class MemoryPackageFiles implements PackageFiles {
  readonly #uploads = new Map<Digest, Uint8Array>();
  readonly #packages = new Map<Digest, Uint8Array>();

  async openUpload(fileDigest: Digest): Promise<number> {
    const upload = this.#uploads.get(fileDigest) ?? new Uint8Array();
    this.#uploads.set(fileDigest, upload);
    return upload.length;
  }

  async appendUpload(fileDigest: Digest, offset: number, data: Uint8Array): Promise<number> {
    const have = this.#uploads.get(fileDigest) ?? new Uint8Array();
    if (offset > have.length) return have.length;
    const grown = Buffer.concat([have, data.subarray(have.length - offset)]);
    this.#uploads.set(fileDigest, grown);
    return grown.length;
  }

  async readUpload(fileDigest: Digest): Promise<Uint8Array> {
    const upload = this.#uploads.get(fileDigest);
    if (upload === undefined) throw new LlnError('USAGE', 'the upload was not opened', { fileDigest });
    return upload;
  }

  async discardUpload(fileDigest: Digest): Promise<void> {
    this.#uploads.delete(fileDigest);
  }

  async savePackage(digest: Digest, file: Uint8Array): Promise<void> {
    this.#packages.set(digest, file);
  }

  async readPackage(digest: Digest): Promise<Uint8Array> {
    const file = this.#packages.get(digest);
    if (file === undefined) throw new LlnError('STORE_CORRUPT', 'no such package file', { digest });
    return file;
  }

  saveDataset(digest: Digest, file: Uint8Array): Promise<void> {
    return this.savePackage(digest, file);
  }

  readDataset(digest: Digest): Promise<Uint8Array> {
    return this.readPackage(digest);
  }
}
