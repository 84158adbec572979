/** The part of the broker's memory that we extend; the package's own types describe another of its entry points. */
declare module 'aedes-persistence/asyncPersistence.js' {
  import type { Readable } from 'node:stream';

  export interface RetainedPacket {
    readonly topic: string;
    readonly payload: string | Uint8Array;
  }

  export default class MemoryPersistence {
    storeRetained(packet: RetainedPacket): Promise<void>;
    createRetainedStream(filter: string): Readable;
    createRetainedStreamCombi(filters: string[]): Readable;
  }
}
