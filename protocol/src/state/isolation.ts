import * as v from 'valibot';
import { positiveCount, text, wallClockMs } from '../base/schema.js';

const told = {
  /** Grows with each change for this device; what is not newer than what a device has taken up changes nothing. */
  revision: positiveCount,
  /** Whether the device turns its clients away. What it runs is not concerned. */
  isolated: v.boolean(),
  reason: v.pipe(text(500), v.minLength(1)),
  /** The operator. */
  by: text(64),
};

/** `device/{id}/isolation`, retained: whether a device answers clients. Without one it does. */
export const isolationDocumentSchema = v.strictObject({ v: v.literal(1), ...told, atMs: wallClockMs });
export type IsolationDocument = v.InferOutput<typeof isolationDocumentSchema>;

/** What a device has taken up of it, with the moment since which it is so. */
export const isolationSchema = v.strictObject({ ...told, sinceMs: wallClockMs });
export type Isolation = v.InferOutput<typeof isolationSchema>;

/**
 * How far a device is with what it was told: `in-force`: it says so itself; `awaited`: it has not said so yet;
 * `offline`: it takes it up when it returns.
 */
export const isolationProgressSchema = v.picklist(['in-force', 'awaited', 'offline']);
export type IsolationProgress = v.InferOutput<typeof isolationProgressSchema>;

/** A device's isolation as operators see it. */
export const isolationViewSchema = v.strictObject({
  /** What is wanted. */
  isolated: v.boolean(),
  progress: isolationProgressSchema,
  /** Null where nothing was ever told: the device serves as every new one does. */
  told: v.nullable(v.strictObject({ reason: told.reason, by: told.by, atMs: wallClockMs })),
});
export type IsolationView = v.InferOutput<typeof isolationViewSchema>;
