import * as v from 'valibot';
import {
  deviceIdSchema,
  deviceKindSchema,
  digestSchema,
  environmentSchema,
  gatewayIdSchema,
  generationSchema,
} from '../base/ids.js';
import { limits } from '../base/limits.js';
import { count, nonNegative, positiveCount, text, wallClockMs } from '../base/schema.js';
import { isolationSchema } from './isolation.js';
import { unrecordedStartSchema } from './message-order.js';
import { packageIdentitySchema, slotNameSchema, slotReportSchema } from './slot.js';

/** A name for a place: topic- and table-safe. */
export const siteSchema = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9_-]{0,47}$/, 'must be 1 to 48 of a-z 0-9 _ -'));

/** What is really running, after its kernel was opened: never "what was written". */
export const runningSchema = v.strictObject({
  ...packageIdentitySchema.entries,
  slot: slotNameSchema,
  state: v.picklist(['trial', 'confirmed']),
  sinceMs: wallClockMs,
});
export type Running = v.InferOutput<typeof runningSchema>;

/** What a device is doing about its instruction. */
export const activitySchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('idle') }),
  v.strictObject({ kind: v.literal('receiving'), digest: digestSchema, chunksDone: count, chunks: positiveCount }),
  v.strictObject({ kind: v.literal('verifying'), digest: digestSchema }),
  /** For its turn to begin, or for the time of day at which it may go on trial. */
  v.strictObject({ kind: v.literal('waiting'), digest: digestSchema, waitingFor: text(200) }),
  /** A candidate answers beside the live package, and nobody gets its answers. */
  v.strictObject({
    kind: v.literal('shadow'),
    digest: digestSchema,
    watchedSeconds: count,
    shadowSeconds: count,
    /** Steps that both packages answered, and how far their answers are apart. */
    compared: count,
    disagreement: v.nullable(nonNegative),
    waitingFor: text(200),
  }),
  v.strictObject({
    kind: v.literal('trial'),
    digest: digestSchema,
    soakedSeconds: count,
    soakSeconds: count,
    evidence: count,
    evidenceMin: count,
    /** In words, for people: what the confirmation waits for. */
    waitingFor: text(200),
  }),
]);
export type Activity = v.InferOutput<typeof activitySchema>;

/** How an instruction ended on a device; kept until a newer generation is handled. */
export const outcomeSchema = v.strictObject({
  generation: generationSchema,
  digest: v.nullable(digestSchema),
  result: v.picklist(['confirmed', 'reverted', 'refused', 'rolled-back', 'held', 'superseded', 'staged', 'freed']),
  /** An error code or the metric that fired. */
  code: text(64),
  detail: text(500),
  atMs: wallClockMs,
});
export type Outcome = v.InferOutput<typeof outcomeSchema>;

/** `device/{id}/reported`, retained. */
export const reportedStateSchema = v.strictObject({
  v: v.literal(1),
  deviceId: deviceIdSchema,
  gatewayId: gatewayIdSchema,
  kind: deviceKindSchema,
  site: siteSchema,
  environment: environmentSchema,
  agentVersion: text(64),
  /** Of what runs the networks: a board's own kernel, not its gateway's. */
  kernelAbi: positiveCount,
  /** Only of a board that has said it: the network images that its slots hold. */
  slotBytes: v.exactOptional(v.strictObject({ blue: count, green: count })),
  /** Made anew with each empty store: tells a wiped device from a device that repeats itself. */
  epoch: text(32),
  /** Grows with each report: `messageNumber` of the agent's start. */
  sequence: positiveCount,
  unrecordedStart: v.exactOptional(unrecordedStartSchema),
  atMs: wallClockMs,
  /** The newest generation that the device has seen and taken up. */
  generation: generationSchema,
  running: v.nullable(runningSchema),
  slots: v.strictObject({ blue: slotReportSchema, green: slotReportSchema }),
  activity: activitySchema,
  outcome: v.nullable(outcomeSchema),
  quarantined: v.pipe(v.array(digestSchema), v.maxLength(limits.quarantineMax)),
  /** Only of a device that was isolated once. */
  isolation: v.exactOptional(isolationSchema),
  /** Where clients reach `/inference`. */
  addresses: v.pipe(v.array(text(200)), v.maxLength(16)),
  storage: v.strictObject({ freeBytes: count, totalBytes: count, freeInodes: count, storeBytes: count }),
});
export type ReportedState = v.InferOutput<typeof reportedStateSchema>;

/** `device/{id}/status`, retained, last will. */
export const deviceStatusSchema = v.strictObject({
  v: v.literal(1),
  online: v.boolean(),
  epoch: text(32),
  /** Grows with each connection: a late will of an old connection says nothing about the new one. */
  connection: count,
  unrecordedStart: v.exactOptional(unrecordedStartSchema),
});
export type DeviceStatus = v.InferOutput<typeof deviceStatusSchema>;
