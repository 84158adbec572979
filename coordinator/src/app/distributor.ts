import {
  type Digest,
  desiredDocumentSchema,
  encodeMessage,
  packageChunkSchema,
  type Topics,
  transferManifestSchema,
  waveDocumentSchema,
} from '@liquid-lln/protocol';
import { type DesiredState, packagesInUse } from '../domain/desired-state.js';
import type { Logger } from '../ports/logger.js';
import type { MessageBus } from '../ports/message-bus.js';
import type { PackageFiles } from '../ports/package-files.js';
import type { PackageReader } from '../ports/package-reader.js';
import type { FleetState } from './fleet-state.js';

export interface DistributorComponents {
  readonly bus: MessageBus;
  readonly files: PackageFiles;
  readonly packages: PackageReader;
  readonly topics: Topics;
  readonly state: FleetState;
  readonly logger: Logger;
}

const nothing = new Uint8Array();

/**
 * Keeps the broker's retained messages in step with the store, which is the truth: packages first, then the documents
 * that name them. Publishing again does no harm; after a crash or a new connection everything is published again.
 */
export class Distributor {
  readonly #components: DistributorComponents;
  /** Chunks of the packages that the broker retains. */
  readonly #retained = new Map<Digest, number>();
  /** Pieces of work that have not ended. */
  #pending = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(components: DistributorComponents) {
    this.#components = components;
  }

  /** Publishes documents that were just committed, with the packages that they need. */
  publish(states: readonly DesiredState[]): Promise<void> {
    return this.#enqueue(async () => {
      await this.#publishPackages(packagesInUse(states));
      for (const state of states) await this.#publishDocument(state);
      // Looks at all documents: once for many pieces of work.
      if (this.#pending === 1) await this.#clearUnused();
    });
  }

  /** Publishes all there is, to a broker that may have nothing. */
  publishAll(): Promise<void> {
    return this.#enqueue(async () => {
      this.#retained.clear();
      const states = [...this.#components.state.documents.values()];
      await this.#publishPackages(packagesInUse(states));
      for (const state of states) await this.#publishDocument(state);
    });
  }

  /** One thing after the other, so that an older document never overtakes a newer one. */
  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#pending += 1;
    this.#work = this.#work
      .then(work)
      .catch((error: unknown) => {
        this.#components.logger.warn({ err: error }, 'publishing failed; it is repeated when the broker is back');
      })
      .finally(() => {
        this.#pending -= 1;
      });
    return this.#work;
  }

  async #publishDocument(state: DesiredState): Promise<void> {
    const { bus, topics } = this.#components;
    const [topic, payload] =
      state.kind === 'wave'
        ? [topics.wave(state.environment), encodeMessage(waveDocumentSchema, state.document, 'wave document')]
        : [topics.desired(state.deviceId), encodeMessage(desiredDocumentSchema, state.document, 'desired document')];
    await bus.publish({ topic, payload, retain: true });
  }

  async #publishPackages(digests: ReadonlySet<Digest>): Promise<void> {
    for (const digest of digests) {
      if (!this.#retained.has(digest)) await this.#publishPackage(digest);
    }
  }

  async #publishPackage(digest: Digest): Promise<void> {
    const { bus, files, packages, topics } = this.#components;
    const { manifest, chunks } = packages.split(await files.readPackage(digest), digest);
    for (const [index, chunk] of chunks.entries()) {
      const payload = encodeMessage(packageChunkSchema, { v: 1, data: new Uint8Array(chunk) }, 'package chunk');
      await bus.publish({ topic: topics.packageChunk(digest, index), payload, retain: true });
    }
    const payload = encodeMessage(transferManifestSchema, manifest, 'transfer manifest');
    await bus.publish({ topic: topics.packageManifest(digest), payload, retain: true });
    this.#retained.set(digest, chunks.length);
  }

  async #clearUnused(): Promise<void> {
    const { bus, topics, state } = this.#components;
    if (this.#retained.size === 0) return;
    const inUse = packagesInUse(state.documents.values());
    for (const [digest, chunks] of this.#retained) {
      if (inUse.has(digest)) continue;
      this.#retained.delete(digest);
      await bus.publish({ topic: topics.packageManifest(digest), payload: nothing, retain: true });
      for (let index = 0; index < chunks; index += 1)
        await bus.publish({ topic: topics.packageChunk(digest, index), payload: nothing, retain: true });
    }
  }
}
