import * as v from 'valibot';
import { generationSchema, rolloutIdSchema } from '../base/ids.js';
import { limits } from '../base/limits.js';
import { count, nonNegative, positiveCount, text } from '../base/schema.js';
import { policySchema } from '../health/limits.js';
import { dailyWindowSchema } from '../rollout/rollout-limits.js';
import { packageIdentitySchema, slotNameSchema } from './slot.js';

/** A package as an instruction names it: enough to check the room for it before a byte is fetched. */
export const packageReferenceSchema = v.strictObject({
  ...packageIdentitySchema.entries,
  /** The whole file, signature block included. */
  sizeBytes: v.pipe(positiveCount, v.maxValue(limits.packageBytesMax)),
});
export type PackageReference = v.InferOutput<typeof packageReferenceSchema>;

const reason = text(500);

/**
 * What the coordinator wants of a device, whether it says so to an environment (wave document) or to one device
 * (desired document):
 * - `deploy`: stage, verify, try, watch, confirm;
 * - `stage`: fetch and verify into the named slot, and leave it there: the live slot goes on serving. Refused where the
 *   named slot is the live one;
 * - `rollback`: leave `from` (any package if null) for the previous package, at once and without a soak;
 * - `hold`: give up whatever is not confirmed: a transfer stops, a trial reverts; nothing new begins;
 * - `free`: empty the named slot, which must not be the live one nor the way back from a trial;
 * - `none`: keep what there is.
 */
export const instructionSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('deploy'),
    package: packageReferenceSchema,
    policy: policySchema,
    /** Chunks in flight at once. */
    batchSize: v.pipe(positiveCount, v.maxValue(64)),
    /** Why a quarantined package is tried again; without it the device refuses one. */
    override: v.nullable(reason),
    /** Whether a gateway and its boards confirm together or not at all; no if it is left out. */
    asUnit: v.exactOptional(v.boolean()),
    /** Whether the device logs in detail what it does with the package and what is asked of it; no if it is left out. */
    debug: v.exactOptional(v.boolean()),
    /**
     * The slot in which the package has to be staged already: a device that serves something fetches nothing, and takes
     * it from no other slot. One that serves nothing yet takes the package into this slot.
     */
    stagedIn: v.exactOptional(slotNameSchema),
    /** A device begins after a part of this time that it finds by its id, so that not all begin together. */
    spreadSeconds: v.exactOptional(v.pipe(nonNegative, v.maxValue(24 * 3600))),
    /** A device may fetch and stage the package at any time, and goes on trial only within this window. */
    window: v.exactOptional(dailyWindowSchema),
  }),
  v.strictObject({
    kind: v.literal('stage'),
    package: packageReferenceSchema,
    slot: slotNameSchema,
    /** The limits under which it will be tried, unless whoever makes it live names others. */
    policy: policySchema,
    batchSize: v.pipe(positiveCount, v.maxValue(64)),
    override: v.nullable(reason),
  }),
  v.strictObject({
    kind: v.literal('rollback'),
    from: v.nullable(v.array(packageIdentitySchema.entries.digest)),
    reason,
  }),
  v.strictObject({ kind: v.literal('hold'), reason }),
  v.strictObject({
    kind: v.literal('free'),
    slot: slotNameSchema,
    /** Only if the slot holds this package; whatever it holds if null. */
    digest: v.nullable(packageIdentitySchema.entries.digest),
    reason,
  }),
  v.strictObject({ kind: v.literal('none') }),
]);
export type Instruction = v.InferOutput<typeof instructionSchema>;

/** Instructions that bring a package to a device. */
export type BringingInstruction = Extract<Instruction, { kind: 'deploy' | 'stage' }>;

export function isBringing(instruction: Instruction): instruction is BringingInstruction {
  return instruction.kind === 'deploy' || instruction.kind === 'stage';
}

/**
 * Whether an instruction is about the standby slot alone. It takes nothing back of what a wave says about the live one:
 * a device that was away takes up both, the older one first.
 */
export function isAboutStandby({ kind }: Instruction): boolean {
  return kind === 'stage' || kind === 'free';
}

const strata = v.pipe(
  v.record(text(96), v.pipe(count, v.maxValue(2 ** 48 - 1))),
  v.check((positions) => Object.keys(positions).length <= 256, 'at most 256 strata'),
);

export const cohortSchema = v.strictObject({
  seed: v.pipe(text(64), v.minLength(1)),
  strata,
  admittedUpTo: count,
  /** Whether positions and strata are of gateways, which come with all of their boards; no if it is left out. */
  isByGateway: v.exactOptional(v.boolean()),
  /** A smaller cohort of the same seed that is left out; none if it is left out. */
  except: v.exactOptional(v.strictObject({ strata, admittedUpTo: count })),
});

/** `env/{environment}/wave`, retained: one message a wave, whatever the size of the fleet. */
export const waveDocumentSchema = v.strictObject({
  v: v.literal(1),
  generation: generationSchema,
  /** The generation that this one was planned on. */
  parent: generationSchema,
  /**
   * The generation with which the rollout began, where this document only widens it: a device whose newest instruction
   * is of the same rollout is not told again, and goes on with what it does or did.
   */
  since: v.exactOptional(generationSchema),
  rolloutId: rolloutIdSchema,
  /** From 0; of how many. */
  waveIndex: count,
  waveCount: positiveCount,
  cohort: cohortSchema,
  instruction: instructionSchema,
});
export type WaveDocument = v.InferOutput<typeof waveDocumentSchema>;

/** `device/{id}/desired`, retained: what is set for this device alone. */
export const desiredDocumentSchema = v.strictObject({
  v: v.literal(1),
  /** Grows with each change of this document; shared with wave documents, so that the newer one is known. */
  generation: generationSchema,
  /** The device's running number in the fleet. Without a desired document a device is not admitted to any wave. */
  admission: positiveCount,
  instruction: instructionSchema,
  rolloutId: v.nullable(rolloutIdSchema),
});
export type DesiredDocument = v.InferOutput<typeof desiredDocumentSchema>;
