import {
  breachSchema,
  count,
  digestSchema,
  eventBodySchema,
  generationSchema,
  instructionSchema,
  isolationSchema,
  limits,
  nonNegative,
  otherSlot,
  outcomeSchema,
  packageIdentitySchema,
  policySchema,
  positiveCount,
  revertCauseSchema,
  rolloutIdSchema,
  type SlotName,
  slotNameSchema,
  text,
  wallClockMs,
} from '@liquid-lln/protocol';
import * as v from 'valibot';
import { type Baseline, bandBaselinesSchema } from './baseline.js';

/** Events that wait for their place in the outbox; more than a handful only while the disk refuses writes. */
export const unpostedMax = 256;

const installed = {
  package: packageIdentitySchema,
  /** Of the whole file. */
  bytes: count,
  /** The limits under which the package is watched, in its trial and after. */
  policy: policySchema,
  /** Mean latency of the package that served before this one; the threshold of a package without a budget. */
  baselineLatencyUs: v.nullable(nonNegative),
  /** The same in each thermal band that it was seen in; missing in older records. */
  baselineBands: v.exactOptional(bandBaselinesSchema),
  sinceMs: wallClockMs,
};

/** What a slot holds. Only `staged`, `trial` and `confirmed` promise a verified file on the disk. */
export const slotContentSchema = v.variant('state', [
  v.strictObject({ state: v.literal('empty') }),
  v.strictObject({ state: v.literal('receiving'), ...installed }),
  v.strictObject({ state: v.literal('staged'), ...installed }),
  v.strictObject({ state: v.literal('trial'), ...installed }),
  v.strictObject({ state: v.literal('confirmed'), ...installed }),
  v.strictObject({ state: v.literal('failed'), package: packageIdentitySchema, failure: text(500) }),
]);
export type SlotContent = v.InferOutput<typeof slotContentSchema>;
/** A slot with a verified package in it. */
export type InstalledSlot = Extract<SlotContent, { state: 'staged' | 'trial' | 'confirmed' }>;

/** An instruction that this device has taken up. */
export const assignmentSchema = v.strictObject({
  generation: generationSchema,
  rolloutId: v.nullable(rolloutIdSchema),
  instruction: instructionSchema,
  /** Whether it has come to its outcome. */
  isDone: v.boolean(),
});
export type Assignment = v.InferOutput<typeof assignmentSchema>;

/** An event before its device and epoch are written on it. */
export const postedEventSchema = v.strictObject({ sequence: positiveCount, atMs: wallClockMs, body: eventBodySchema });
export type PostedEvent = v.InferOutput<typeof postedEventSchema>;

/** A return that is decided and not yet reported: how long it took is known once the other package serves. */
export const pendingRevertSchema = v.strictObject({
  package: packageIdentitySchema,
  slot: slotNameSchema,
  generation: generationSchema,
  rolloutId: v.nullable(rolloutIdSchema),
  to: v.nullable(packageIdentitySchema),
  cause: revertCauseSchema,
  breach: v.nullable(breachSchema),
  detail: text(500),
  decidedAtMs: wallClockMs,
});
export type PendingRevert = v.InferOutput<typeof pendingRevertSchema>;

/** A package that was tried only to see whether the way back works, and what its slot held before. */
export const drillSchema = v.strictObject({
  slot: slotNameSchema,
  content: v.variant('state', [
    v.strictObject({ state: v.literal('staged'), ...installed }),
    v.strictObject({ state: v.literal('confirmed'), ...installed }),
  ]),
});
export type Drill = v.InferOutput<typeof drillSchema>;

/** Everything that a device must still know after a power cut, except the packages and the outbox. */
export const storeRecordSchema = v.strictObject({
  v: v.literal(1),
  /** Made anew with each empty store. */
  epoch: text(32),
  /** The number of the agent's start on this store; it grows, and may leave some out. */
  boots: count,
  /** The boot of the machine in which the agent runs, or ran and did not stop by itself; null if it did, or nobody counts. */
  runningSince: v.optional(v.nullable(text(64)), null),
  /** Crashes with no minute of running between them. */
  crashesInRow: v.optional(count, 0),
  /** The newest generation taken up; older and equal ones are not taken up again. */
  generation: generationSchema,
  assignment: v.nullable(assignmentSchema),
  /** The slot that serves. */
  live: v.nullable(slotNameSchema),
  slots: v.strictObject({ blue: slotContentSchema, green: slotContentSchema }),
  /** Whose trial the live slot is in, if it is in one. */
  trial: v.nullable(v.strictObject({ generation: generationSchema, rolloutId: v.nullable(rolloutIdSchema) })),
  revert: v.nullable(pendingRevertSchema),
  /** From the beginning of a drill's trial until its slot is as it was before. */
  drill: v.optional(v.nullable(drillSchema), null),
  /** Packages that were rolled back, the newest last. */
  quarantined: v.pipe(v.array(digestSchema), v.maxLength(limits.quarantineMax)),
  outcome: v.nullable(outcomeSchema),
  /** What the coordinator said last about isolation; null if it never did. */
  isolation: v.optional(v.nullable(isolationSchema), null),
  eventSequence: count,
  /** Events of this and earlier transitions that may not be in the outbox yet. */
  unposted: v.pipe(v.array(postedEventSchema), v.maxLength(unpostedMax)),
});
export type StoreRecord = v.InferOutput<typeof storeRecordSchema>;

/** The record of an empty store. */
export function emptyRecord(epoch: string): StoreRecord {
  return {
    v: 1,
    epoch,
    boots: 0,
    runningSince: null,
    crashesInRow: 0,
    generation: v.parse(generationSchema, 0),
    assignment: null,
    live: null,
    slots: { blue: { state: 'empty' }, green: { state: 'empty' } },
    trial: null,
    revert: null,
    drill: null,
    quarantined: [],
    outcome: null,
    isolation: null,
    eventSequence: 0,
    unposted: [],
  };
}

/** The slot's content if it promises a verified package, else null. */
export function installedIn(record: StoreRecord, slot: SlotName | null): InstalledSlot | null {
  if (slot === null) return null;
  const content = record.slots[slot];
  return content.state === 'staged' || content.state === 'trial' || content.state === 'confirmed' ? content : null;
}

/** What a slot's package is compared with; null where nothing was measured before it. */
export function baselineOf(content: InstalledSlot | null): Baseline | null {
  if (content === null || content.baselineLatencyUs === null) return null;
  return { latencyUs: content.baselineLatencyUs, bands: content.baselineBands ?? [] };
}

/** Where the next package goes: never the live slot. Where nothing is live, an instruction may name the slot. */
export function standbySlot({ live, assignment }: StoreRecord): SlotName {
  return live === null ? (namedSlot(assignment) ?? 'blue') : otherSlot(live);
}

function namedSlot(assignment: Assignment | null): SlotName | null {
  switch (assignment?.instruction.kind) {
    case 'deploy':
      return assignment.instruction.stagedIn ?? null;
    case 'stage':
    case 'free':
      return assignment.instruction.slot;
    default:
      return null;
  }
}

/** The slot to which the device can return: confirmed before, and not quarantined since. */
export function rollbackTarget(record: StoreRecord): SlotName | null {
  if (record.live === null) return null;
  const other = otherSlot(record.live);
  const content = record.slots[other];
  return content.state === 'confirmed' && !record.quarantined.includes(content.package.digest) ? other : null;
}
