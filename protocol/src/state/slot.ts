import * as v from 'valibot';
import { digestSchema, packageNameSchema, packageVersionSchema } from '../base/ids.js';
import { count, text } from '../base/schema.js';

export const slotNameSchema = v.picklist(['blue', 'green']);
export type SlotName = v.InferOutput<typeof slotNameSchema>;

/** `empty -> receiving -> staged -> trial -> confirmed`, and `failed`. */
export const slotStateSchema = v.picklist(['empty', 'receiving', 'staged', 'trial', 'confirmed', 'failed']);
export type SlotState = v.InferOutput<typeof slotStateSchema>;

export function otherSlot(slot: SlotName): SlotName {
  return slot === 'blue' ? 'green' : 'blue';
}

/** Who a package is, for people and for comparison. */
export const packageIdentitySchema = v.strictObject({
  digest: digestSchema,
  name: packageNameSchema,
  version: packageVersionSchema,
});
export type PackageIdentity = v.InferOutput<typeof packageIdentitySchema>;

export const slotReportSchema = v.strictObject({
  state: slotStateSchema,
  package: v.nullable(packageIdentitySchema),
  /** Bytes on disk: all of the package once it is staged. */
  bytes: count,
  /** Why the slot failed. */
  failure: v.nullable(text(500)),
});
export type SlotReport = v.InferOutput<typeof slotReportSchema>;
