import { count, parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { decodeFrames, encodeFrame } from '../domain/framing.js';
import { acknowledgeEvents, addEvents, emptyOutbox, type Outbox } from '../domain/outbox.js';
import { type PostedEvent, postedEventSchema } from '../domain/store-record.js';
import type { Storage } from '../ports/storage.js';

const path = 'outbox.log';
/** A file of frames: first a head, then events. Acknowledged ones go when the file is rewritten. */
const frameSchema = v.union([v.strictObject({ lastSequence: count }), postedEventSchema]);
const rewriteBytesMin = 64 * 1024;

/** Events on the disk until the coordinator has stored them. Calls must follow each other. */
export class EventOutbox {
  readonly #storage: Storage;
  #outbox: Outbox = emptyOutbox;
  #fileBytes = 0;
  /** The file may end within a frame: what is added behind that would never be found. */
  #isTorn = false;

  private constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Reads the file; a torn end is cut off with the next write. */
  static async open(storage: Storage): Promise<EventOutbox> {
    const outbox = new EventOutbox(storage);
    const data = (await storage.read(path)) ?? new Uint8Array();
    const { values, intactBytes } = decodeFrames(data);
    outbox.#outbox = values
      .map((value) => parseWith(frameSchema, value, 'the outbox', 'STORE_CORRUPT'))
      .reduce(replay, emptyOutbox);
    outbox.#fileBytes = data.length;
    outbox.#isTorn = intactBytes < data.length;
    return outbox;
  }

  /** One that takes the place of whatever is in the file, once there is something to write. */
  static empty(storage: Storage): EventOutbox {
    const outbox = new EventOutbox(storage);
    outbox.#isTorn = true;
    return outbox;
  }

  /** Oldest first. */
  get events(): readonly PostedEvent[] {
    return this.#outbox.events;
  }

  /** The newest number ever held. */
  get lastSequence(): number {
    return this.#outbox.lastSequence;
  }

  /** Adds what is not there yet. @returns how many old events had to make room. */
  async add(events: readonly PostedEvent[]): Promise<number> {
    const { outbox, added, lost } = addEvents(this.#outbox, events);
    if (added.length === 0) return 0;
    if (lost > 0 || this.#isTorn) await this.#rewrite(outbox);
    else await this.#append(outbox, added);
    return lost;
  }

  /** The coordinator has stored all events up to this one. */
  async acknowledge(upTo: number): Promise<void> {
    this.#outbox = acknowledgeEvents(this.#outbox, upTo);
    const isWorthIt = this.#outbox.events.length === 0 || this.#fileBytes >= rewriteBytesMin;
    if (isWorthIt && this.#fileBytes > 0) await this.#rewrite(this.#outbox);
  }

  async #append(outbox: Outbox, added: readonly PostedEvent[]): Promise<void> {
    const frames = Buffer.concat(added.map(encodeFrame));
    this.#isTorn = true;
    await this.#storage.appendDurable(path, frames);
    this.#isTorn = false;
    this.#outbox = outbox;
    this.#fileBytes += frames.length;
  }

  async #rewrite(outbox: Outbox): Promise<void> {
    const { events, lastSequence } = outbox;
    const data = Buffer.concat([encodeFrame({ lastSequence }), ...events.map(encodeFrame)]);
    await this.#storage.writeDurable(path, data);
    this.#outbox = outbox;
    this.#isTorn = false;
    this.#fileBytes = data.length;
  }
}

function replay(outbox: Outbox, frame: v.InferOutput<typeof frameSchema>): Outbox {
  if ('lastSequence' in frame) return { ...outbox, lastSequence: Math.max(outbox.lastSequence, frame.lastSequence) };
  return { events: [...outbox.events, frame], lastSequence: Math.max(outbox.lastSequence, frame.sequence) };
}
