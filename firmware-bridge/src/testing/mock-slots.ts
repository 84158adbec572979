import { createHash } from 'node:crypto';
import { LlnError, otherSlot, readImageHeader, type SlotName } from '@liquid-lln/protocol';
import type { Kernel } from '../kernel/kernel.js';
import type { KernelNetwork } from '../kernel/network.js';

/** What a slot's flash holds. */
export interface MockSlot {
  /** What has arrived so far. */
  readonly bytes: Uint8Array;
  readonly imageBytes: number;
  readonly sha: Uint8Array;
  /** Opened once it is whole and right. */
  readonly network: KernelNetwork | null;
  /** It was live on trial and taken back, or confirmed; null before either. */
  readonly verdict: 'failed' | 'confirmed' | null;
}

/** What a board's flash says about which slot serves. */
interface MockRecord {
  readonly live: SlotName | null;
  /** Null without a trial; else how often the trial was started. */
  readonly trialStarts: number | null;
  readonly pending: { readonly slot: SlotName; readonly isTrial: boolean } | null;
}

export const slotNames: readonly SlotName[] = ['blue', 'green'];

/** The flash of a board: it survives restarts. */
export class MockSlots {
  readonly #kernel: Kernel;
  readonly #slots = new Map<SlotName, MockSlot>();
  #record: MockRecord = { live: null, trialStarts: null, pending: null };
  reverts = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get live(): SlotName | null {
    return this.#record.live;
  }

  get isTrial(): boolean {
    return this.#record.trialStarts !== null;
  }

  get standby(): SlotName {
    return this.live === null ? 'blue' : otherSlot(this.live);
  }

  slot(name: SlotName): MockSlot | null {
    return this.#slots.get(name) ?? null;
  }

  isBootable(name: SlotName): boolean {
    const slot = this.slot(name);
    return slot !== null && slot.network !== null && slot.verdict !== 'failed';
  }

  isPending(name: SlotName): boolean {
    return this.#record.pending?.slot === name;
  }

  erase(name: SlotName): void {
    this.#slots.get(name)?.network?.close();
    this.#slots.delete(name);
    if (this.isPending(name)) this.#record = { ...this.#record, pending: null };
  }

  begin(name: SlotName, imageBytes: number, sha: Uint8Array): void {
    this.erase(name);
    this.#slots.set(name, { bytes: new Uint8Array(), imageBytes, sha, network: null, verdict: null });
  }

  /** @returns whether the image is whole now, and right; null while bytes are missing. */
  append(name: SlotName, bytes: Uint8Array): boolean | null {
    const before = this.slot(name);
    if (before === null) throw new LlnError('INTERNAL', `nothing was begun in slot ${name}`);
    const slot = { ...before, bytes: new Uint8Array(Buffer.concat([before.bytes, bytes])) };
    this.#slots.set(name, slot);
    if (slot.bytes.length < slot.imageBytes) return null;
    const isRight = createHash('sha256').update(slot.bytes).digest().equals(slot.sha);
    if (isRight) this.#slots.set(name, { ...slot, network: this.#kernel.open(slot.bytes) });
    else this.erase(name);
    return isRight;
  }

  /** Brings a whole image in at once, live and confirmed: what a board may have before a test begins. */
  install(image: Uint8Array): SlotName {
    readImageHeader(image);
    const slot = this.standby;
    this.begin(slot, image.length, createHash('sha256').update(image).digest());
    this.append(slot, image);
    this.#record = { live: slot, trialStarts: null, pending: null };
    this.confirm();
    return slot;
  }

  setPending(slot: SlotName, isTrial: boolean): void {
    this.#record = { ...this.#record, pending: { slot, isTrial } };
  }

  /** The live image stays. */
  confirm(): void {
    const { live } = this.#record;
    const slot = live === null ? null : this.slot(live);
    if (live === null || slot === null) return;
    this.#slots.set(live, { ...slot, verdict: 'confirmed' });
    this.#record = { ...this.#record, trialStarts: null };
  }

  /** What a board decides when it starts: a trial that was started before has failed, whatever stopped it. */
  start(): void {
    const { pending } = this.#record;
    if (pending !== null) {
      this.#record = { live: pending.slot, trialStarts: pending.isTrial ? 0 : null, pending: null };
      if (!pending.isTrial) this.confirm();
    }
    const { trialStarts } = this.#record;
    if (trialStarts === null) return;
    if (trialStarts > 0) this.revert();
    else this.#record = { ...this.#record, trialStarts: 1 };
  }

  revert(): void {
    const { live } = this.#record;
    const slot = live === null ? null : this.slot(live);
    if (live === null || slot === null) return;
    this.#slots.set(live, { ...slot, verdict: 'failed' });
    const target = otherSlot(live);
    this.#record = { live: this.isBootable(target) ? target : null, trialStarts: null, pending: null };
    this.reverts += 1;
  }
}
