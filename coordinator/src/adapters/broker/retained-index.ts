import { Readable } from 'node:stream';
import MemoryPersistence, { type RetainedPacket } from 'aedes-persistence/asyncPersistence.js';
import { TopicTree } from './topic-tree.js';

/**
 * The broker's memory. Its own look-up walks through all retained messages for every subscription; ten thousand devices
 * that connect would make that a hundred million times.
 */
export class IndexedPersistence extends MemoryPersistence {
  readonly #retained = new TopicTree<RetainedPacket>();

  override async storeRetained(packet: RetainedPacket): Promise<void> {
    if (packet.payload.length === 0) this.#retained.delete(packet.topic);
    else this.#retained.set(packet.topic, packet);
  }

  override createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter]);
  }

  override createRetainedStreamCombi(filters: string[]): Readable {
    return Readable.from(filters.flatMap((filter) => this.#retained.match(filter)));
  }
}
