import { Readable } from 'node:stream';
import MemoryPersistence, { type RetainedPacket } from 'aedes-persistence/asyncPersistence.js';

/** Whether a filter names one topic only. */
function isConcrete(filter: string): boolean {
  return !filter.includes('+') && !filter.includes('#');
}

/**
 * The broker's memory. Its own look-up walks through all retained messages for every subscription; devices subscribe
 * to topics without wildcards, and for those one look in a map is enough.
 */
export class IndexedPersistence extends MemoryPersistence {
  readonly #retained = new Map<string, RetainedPacket>();

  override async storeRetained(packet: RetainedPacket): Promise<void> {
    if (packet.payload.length === 0) this.#retained.delete(packet.topic);
    else this.#retained.set(packet.topic, packet);
    await super.storeRetained(packet);
  }

  override createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter]);
  }

  override createRetainedStreamCombi(filters: string[]): Readable {
    if (!filters.every(isConcrete)) return super.createRetainedStreamCombi(filters);
    return Readable.from(filters.flatMap((filter) => this.#retained.get(filter) ?? []));
  }
}
