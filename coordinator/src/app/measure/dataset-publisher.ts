import {
  type Digest,
  encodeMessage,
  packageChunkSchema,
  splitPackage,
  type Topics,
  transferManifestSchema,
} from '@liquid-lln/protocol';
import type { MessageBus } from '../../ports/message-bus.js';
import type { PackageFiles } from '../../ports/package-files.js';

/** Puts datasets where devices find them, in content-addressed chunks as packages are; once for each broker. */
export class DatasetPublisher {
  readonly #components: { readonly bus: MessageBus; readonly files: PackageFiles; readonly topics: Topics };
  readonly #published = new Map<Digest, Promise<void>>();

  constructor(components: { readonly bus: MessageBus; readonly files: PackageFiles; readonly topics: Topics }) {
    this.#components = components;
  }

  /** What a broker had before says nothing about this one. */
  onConnect(): void {
    this.#published.clear();
  }

  /** Resolves when the broker has all of it. */
  publish(digest: Digest): Promise<void> {
    const known = this.#published.get(digest);
    if (known !== undefined) return known;
    const publishing = this.#publish(digest);
    this.#published.set(digest, publishing);
    publishing.catch(() => this.#published.delete(digest));
    return publishing;
  }

  async #publish(digest: Digest): Promise<void> {
    const { bus, files, topics } = this.#components;
    const { manifest, chunks } = splitPackage(await files.readDataset(digest), digest);
    for (const [index, chunk] of chunks.entries()) {
      const payload = encodeMessage(packageChunkSchema, { v: 1, data: new Uint8Array(chunk) }, 'dataset chunk');
      await bus.publish({ topic: topics.packageChunk(digest, index), payload, retain: true });
    }
    const payload = encodeMessage(transferManifestSchema, manifest, 'transfer manifest');
    await bus.publish({ topic: topics.packageManifest(digest), payload, retain: true });
  }
}
