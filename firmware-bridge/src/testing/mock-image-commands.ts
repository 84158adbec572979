import { bytes, count, type SlotName } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { slotNumberOf, slotOf } from '../board/domain/info.js';
import { badState, invalid } from './mock-failure.js';
import { type MockSlots, slotNames } from './mock-slots.js';

type Payload = Readonly<Record<string, unknown>>;

const setImageSchema = v.object({ hash: v.optional(bytes), confirm: v.optional(v.boolean(), false) });
const chunkSchema = v.object({ off: count, data: bytes, len: v.optional(count), sha: v.optional(bytes) });
const eraseSchema = v.object({ slot: v.optional(v.picklist([0, 1])) });
const headerBytes = 64;

/** What a board takes. */
interface ImageLimits {
  readonly slotBytes: number;
  readonly kernelAbi: number;
}

/** Group 1 of docs/spec/board.md. */
export class MockImageCommands {
  readonly #slots: MockSlots;
  readonly #limits: ImageLimits;
  /** Where an upload goes that was begun since the last restart. */
  #uploading: SlotName | null = null;

  constructor(slots: MockSlots, limits: ImageLimits) {
    this.#slots = slots;
    this.#limits = limits;
  }

  forget(): void {
    this.#uploading = null;
  }

  list(): Payload {
    const slots = this.#slots;
    const images = slotNames
      .filter((name) => (slots.slot(name)?.network ?? null) !== null)
      .map((name) => ({
        image: 0,
        slot: slotNumberOf(name),
        version: '1.0.0.0',
        hash: slots.slot(name)?.sha,
        bootable: slots.isBootable(name),
        pending: slots.isPending(name),
        confirmed: slots.slot(name)?.verdict === 'confirmed' && !(slots.isTrial && slots.live === name),
        active: slots.live === name,
        permanent: false,
      }));
    return { images, splitStatus: 0 };
  }

  set(payload: Payload): Payload {
    const { hash, confirm } = v.parse(setImageSchema, payload);
    const slot = hash === undefined ? this.#slots.live : this.#find(hash);
    if (slot === null || !this.#slots.isBootable(slot)) throw invalid;
    if (slot === this.#slots.live && confirm) this.#slots.confirm();
    else if (this.#slots.isTrial && !(confirm && this.#slots.slot(slot)?.verdict === 'confirmed')) throw badState;
    else this.#slots.setPending(slot, !confirm);
    return this.list();
  }

  upload(payload: Payload): Payload {
    const chunk = v.parse(chunkSchema, payload);
    const slot = chunk.off === 0 ? this.#begin(chunk) : this.#uploading;
    if (slot === null) return { off: 0 };
    const received = this.#slots.slot(slot)?.bytes.length ?? 0;
    if (chunk.off !== received || chunk.data.length === 0) return { off: received };
    const isRight = this.#slots.append(slot, chunk.data);
    if (isRight === null) return { off: received + chunk.data.length };
    this.#uploading = isRight ? slot : null;
    return { off: received + chunk.data.length, match: isRight };
  }

  erase(payload: Payload): Payload {
    const { slot: number } = v.parse(eraseSchema, payload);
    const slot = number === undefined ? this.#slots.standby : slotOf(number);
    if (slot === this.#slots.live || this.#slots.isTrial) throw badState;
    this.#slots.erase(slot);
    return {};
  }

  /** An upload that was interrupted goes on: what has arrived is still in flash. */
  #begin({ len, sha, data }: v.InferOutput<typeof chunkSchema>): SlotName {
    if (this.#slots.isTrial) throw badState;
    if (len === undefined || sha === undefined || len > this.#limits.slotBytes) throw invalid;
    const slot = this.#slots.standby;
    const present = this.#slots.slot(slot);
    const isSame = present !== null && Buffer.from(present.sha).equals(sha) && present.imageBytes === len;
    if (!isSame) {
      if (!isBeginning(data, len, this.#limits.kernelAbi)) throw invalid;
      this.#slots.begin(slot, len, sha);
    }
    this.#uploading = slot;
    return slot;
  }

  #find(hash: Uint8Array): SlotName | null {
    return slotNames.find((name) => Buffer.from(this.#slots.slot(name)?.sha ?? []).equals(hash)) ?? null;
  }
}

/** Whether an image for a kernel's ABI and of `imageBytes` bytes begins like this. */
function isBeginning(data: Uint8Array, imageBytes: number, kernelAbi: number): boolean {
  if (data.length < headerBytes) return false;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const isNetwork = Buffer.from(data.subarray(0, 4)).toString('latin1') === 'LNET';
  return isNetwork && view.getUint16(4, true) === kernelAbi && view.getUint32(8, true) === imageBytes;
}
