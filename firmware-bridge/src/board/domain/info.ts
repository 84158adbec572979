import { bytes, count, deviceKindSchema, LlnError, positiveCount, type SlotName, text } from '@liquid-lln/protocol';
import * as v from 'valibot';
import type { BoardImage, BoardInfo } from './board-values.js';

const slotNumber = v.picklist([0, 1]);
const none = v.literal(-1);

/** The answer to `info`. */
export const infoSchema = v.object({
  v: v.literal(1),
  kind: deviceKindSchema,
  fw: text(64),
  abi: positiveCount,
  id: bytes,
  buf: count,
  slot: v.tuple([count, count]),
  scratch: count,
  state: count,
  hz: count,
  live: v.union([slotNumber, none]),
  trial: v.union([count, none]),
});

/** The answer to `images`, and to what changes them. */
export const imagesSchema = v.object({
  images: v.array(
    v.object({
      slot: slotNumber,
      version: text(64),
      hash: bytes,
      bootable: v.optional(v.boolean(), false),
      pending: v.optional(v.boolean(), false),
      confirmed: v.optional(v.boolean(), false),
      active: v.optional(v.boolean(), false),
    }),
  ),
});

export const parametersSchema = v.object({ buf_size: count, buf_count: count });

export function toInfo(answer: v.InferOutput<typeof infoSchema>): BoardInfo {
  return {
    kind: answer.kind,
    firmwareVersion: answer.fw,
    kernelAbi: answer.abi,
    id: Buffer.from(answer.id).toString('hex'),
    messageBytesMax: answer.buf,
    slotBytes: { blue: answer.slot[0], green: answer.slot[1] },
    scratchBytes: answer.scratch,
    stateBytes: answer.state,
    cyclesPerSecond: answer.hz === 0 ? null : answer.hz,
    live: answer.live === -1 ? null : slotOf(answer.live),
    trialSecondsLeft: answer.trial === -1 ? null : answer.trial,
  };
}

export function toImages(answer: v.InferOutput<typeof imagesSchema>): BoardImage[] {
  return answer.images.map((image) => ({
    slot: slotOf(image.slot),
    hash: Buffer.from(image.hash).toString('hex'),
    version: image.version,
    isBootable: image.bootable,
    isPending: image.pending,
    isConfirmed: image.confirmed,
    isActive: image.active,
  }));
}

export function slotOf(number: 0 | 1): SlotName {
  return number === 0 ? 'blue' : 'green';
}

export function slotNumberOf(slot: SlotName): 0 | 1 {
  return slot === 'blue' ? 0 : 1;
}

/** The image with this hash. @throws LlnError BOARD_DIFFERS */
export function findImage(images: readonly BoardImage[], hash: string): BoardImage {
  const found = images.find((image) => image.hash === hash);
  if (found !== undefined) return found;
  throw new LlnError('BOARD_DIFFERS', `the board has no image ${hash.slice(0, 12)}`, { hash });
}
