import {
  type Clock,
  defaultPolicy,
  isLlnError,
  otherSlot,
  type PackageIdentity,
  type SlotName,
  toErrorReport,
} from '@liquid-lln/protocol';
import type { FoundPackages } from '../domain/boot-table.js';
import { type SlotEvent, transition } from '../domain/slot-machine.js';
import { emptyRecord, type PostedEvent, type SlotContent, type StoreRecord } from '../domain/store-record.js';
import type { InferenceEngine } from '../ports/inference-engine.js';
import type { Logger } from '../ports/logger.js';
import type { Storage } from '../ports/storage.js';
import type { AgentInit } from './agent-components.js';
import { EventOutbox } from './event-outbox.js';
import { decodeRecord, encodeRecord } from './record-codec.js';
import { SerialQueue } from './serial-queue.js';

const recordPath = 'state.cbor';
const corruptRecordPath = 'state.corrupt.cbor';
const slotFolder = 'slots';

/** Where a slot's package lies. */
export function slotPath(slot: SlotName): string {
  return `${slotFolder}/${slot}.liquid`;
}

export interface SlotStoreComponents {
  readonly storage: Storage;
  readonly engine: InferenceEngine;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface FoundPackage extends PackageIdentity {
  readonly bytes: number;
}

type FoundSlots = Readonly<Record<SlotName, FoundPackage | null>>;

/**
 * The record, the slot files and the outbox together. `commit` is the only way to change the record: the new record
 * is on the disk before it is in force, and its events reach the outbox even if the agent is killed in between.
 */
export class SlotStore {
  readonly #components: SlotStoreComponents;
  readonly #outbox: EventOutbox;
  #startMark: { readonly unrecordedStart?: string } = {};
  readonly #queue = new SerialQueue();
  #record: StoreRecord;
  /** Whether the record in force is newer than that on the disk. */
  #isBehind = false;

  private constructor(components: SlotStoreComponents, record: StoreRecord, outbox: EventOutbox) {
    this.#components = components;
    this.#record = record;
    this.#outbox = outbox;
  }

  /**
   * Reads the store, checks what the slots really hold, decides what boots and writes that down, if the disk lets it.
   * @param init.epoch for a store that is new or lost its record.
   * @param init.startId for messages, if the disk does not take the number of this start.
   * @param init.machineBootId of the machine; null if crashes of the agent say nothing about this device's package.
   */
  static async open(
    components: SlotStoreComponents,
    init: Pick<AgentInit, 'epoch' | 'startId' | 'agentVersion' | 'machineBootId'>,
  ): Promise<SlotStore> {
    const found = await inspectSlots(components);
    const outbox = await openOutbox(components);
    // Events of a lost record go on under the new epoch: numbers must not begin anew below them.
    const fresh = { ...emptyRecord(init.epoch), eventSequence: outbox.lastSequence };
    const { record, recovered } = await readRecord(components, found, fresh);
    const store = new SlotStore(components, record, outbox);
    const digests: FoundPackages = { blue: found.blue?.digest ?? null, green: found.green?.digest ?? null };
    const { agentVersion, machineBootId } = init;
    const isNoted = await store.commitAnyway({
      kind: 'booted',
      found: digests,
      agentVersion,
      recovered,
      machineBootId,
    });
    if (!isNoted) store.#startMark = { unrecordedStart: init.startId };
    if (recovered !== '')
      await store.commitAnyway({ kind: 'noted', body: { kind: 'store-corrupt', detail: recovered } });
    return store;
  }

  /** What tells the messages of this start from those of the next one, where their numbers do not. */
  get startMark(): { readonly unrecordedStart?: string } {
    return this.#startMark;
  }

  get record(): StoreRecord {
    return this.#record;
  }

  /** Events that the coordinator has not stored yet, oldest first. */
  get events(): readonly PostedEvent[] {
    return this.#outbox.events;
  }

  /**
   * The number of the oldest event that the coordinator has not stored yet; null if it has them all. One that is only
   * in the record, on its way to the outbox, counts.
   */
  get oldestUntold(): number | null {
    return (this.events[0] ?? this.#record.unposted[0])?.sequence ?? null;
  }

  /**
   * Applies an event: durably, then in memory, then its effects.
   * @throws LlnError STORAGE_FULL or STORAGE_FAILED; then nothing has changed.
   */
  commit(event: SlotEvent): Promise<void> {
    return this.#queue.run(() => this.#apply(event));
  }

  /**
   * As `commit`, but in force even if the disk refuses: for a return that must not wait for a disk.
   * @returns whether it is on the disk.
   */
  commitAnyway(event: SlotEvent): Promise<boolean> {
    return this.#queue.run(async () => {
      const { record } = transition(this.#record, event, this.#components.clock.wallMs());
      try {
        await this.#apply(event);
        return true;
      } catch (error) {
        this.#record = record;
        this.#isBehind = true;
        this.#components.logger.error('the record could not be written', { error: toErrorReport(error) });
        return false;
      }
    });
  }

  /** Once more what the disk did not take, if there is anything. @throws LlnError STORAGE_FULL, STORAGE_FAILED */
  async catchUp(): Promise<void> {
    if (!this.#isBehind && this.#record.unposted.length === 0) return;
    await this.#queue.run(async () => {
      if (this.#isBehind) await this.#write(this.#record);
      await this.#post(this.#record.unposted);
    });
  }

  acknowledge(upTo: number): Promise<void> {
    return this.#queue.run(() => this.#outbox.acknowledge(upTo));
  }

  /** The package file of a slot. */
  async readSlot(slot: SlotName): Promise<Uint8Array | null> {
    return this.#components.storage.read(slotPath(slot));
  }

  /** Resolves when everything committed so far is on the disk. */
  async flush(): Promise<void> {
    await this.#queue.idle();
  }

  async #apply(event: SlotEvent): Promise<void> {
    const { storage, clock } = this.#components;
    const { record, effects } = transition(this.#record, event, clock.wallMs());
    if (record === this.#record) return;
    await this.#write(record);
    this.#record = record;
    try {
      await this.#post(record.unposted);
      for (const { slot } of effects) await storage.remove(slotPath(slot));
    } catch (error) {
      // The transition is in force. Its events stay in the record for the next commit, its file is only litter.
      this.#components.logger.error('the store could not be tidied', { error: toErrorReport(error) });
    }
  }

  async #write(record: StoreRecord): Promise<void> {
    await this.#components.storage.writeDurable(recordPath, encodeRecord(record));
    this.#isBehind = false;
  }

  /** Moves events to the outbox; the record forgets them with its next change. */
  async #post(events: readonly PostedEvent[]): Promise<void> {
    const lost = await this.#outbox.add(events);
    this.#record = { ...this.#record, unposted: [] };
    if (lost === 0) return;
    this.#components.logger.warn('the outbox was full: old events were dropped', { lost });
    void this.commit({ kind: 'noted', body: { kind: 'events-lost', lost } }).catch((error: unknown) => {
      this.#components.logger.error('a loss of events could not be noted', { error: toErrorReport(error) });
    });
  }
}

async function openOutbox({ storage, logger }: SlotStoreComponents): Promise<EventOutbox> {
  try {
    return await EventOutbox.open(storage);
  } catch (error) {
    if (!isLlnError(error, 'STORE_CORRUPT') && !isLlnError(error, 'MESSAGE_INVALID')) throw error;
    logger.error('the outbox is damaged and was set aside', { error: toErrorReport(error) });
    await setAside({ storage, logger }, 'outbox.log', 'outbox.corrupt.log');
    return EventOutbox.empty(storage);
  }
}

/** Damaged data is kept for those who want to know; a disk that refuses that does not stop the agent. */
async function setAside(
  { storage, logger }: Pick<SlotStoreComponents, 'storage' | 'logger'>,
  from: string,
  to: string,
) {
  try {
    await storage.rename(from, to);
  } catch (error) {
    logger.error('damaged data could not be set aside', { path: from, error: toErrorReport(error) });
  }
}

async function readRecord(
  { storage, clock, logger }: SlotStoreComponents,
  found: FoundSlots,
  fresh: StoreRecord,
): Promise<{ record: StoreRecord; recovered: string }> {
  const data = await storage.read(recordPath);
  const hasPackages = found.blue !== null || found.green !== null;
  if (data === null && !hasPackages) return { record: fresh, recovered: '' };
  let fault = 'the state record is missing';
  try {
    if (data !== null) return { record: decodeRecord(data), recovered: '' };
  } catch (error) {
    fault = toErrorReport(error).message;
    await setAside({ storage, logger }, recordPath, corruptRecordPath);
  }
  logger.error('the state record was set aside; rebuilding from the slots', { fault });
  const oldestFirst = (await storage.list(slotFolder)).map((name) => (name.startsWith('blue') ? 'blue' : 'green'));
  return { record: rebuild(fresh, found, oldestFirst, clock.wallMs()), recovered: fault };
}

/**
 * What can be proven good without a record. Of two good packages the one placed first serves: it was confirmed once,
 * for a slot is only refilled while the other one is confirmed, and a package that failed leaves no file.
 */
function rebuild(record: StoreRecord, found: FoundSlots, oldestFirst: readonly SlotName[], nowMs: number): StoreRecord {
  const live = oldestFirst.find((slot) => found[slot] !== null) ?? null;
  if (live === null) return record;
  const other = otherSlot(live);
  const slots = { ...record.slots, [live]: adopt('confirmed', found[live], nowMs) };
  return { ...record, live, slots: { ...slots, [other]: adopt('staged', found[other], nowMs) } };
}

function adopt(state: 'confirmed' | 'staged', found: FoundPackage | null, nowMs: number): SlotContent {
  if (found === null) return { state: 'empty' };
  const { bytes, ...identity } = found;
  return { state, package: identity, bytes, policy: defaultPolicy, baselineLatencyUs: null, sinceMs: nowMs };
}

async function inspectSlots(components: SlotStoreComponents): Promise<FoundSlots> {
  return { blue: await inspectSlot(components, 'blue'), green: await inspectSlot(components, 'green') };
}

/** What a slot's file proves to be: digest, signature and network image checked; null if it is not a good package. */
async function inspectSlot(
  { storage, engine, logger }: SlotStoreComponents,
  slot: SlotName,
): Promise<FoundPackage | null> {
  const file = await storage.read(slotPath(slot));
  if (file === null) return null;
  try {
    const model = engine.load(file);
    const { digest, manifest } = model.package;
    model.close();
    return { digest, name: manifest.name, version: manifest.version, bytes: file.length };
  } catch (error) {
    logger.warn('a slot holds no good package', { slot, error: toErrorReport(error) });
    return null;
  }
}
