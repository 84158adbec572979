import * as v from 'valibot';
import { deviceIdSchema, digestSchema, generationSchema, rolloutIdSchema } from '../base/ids.js';
import { limits } from '../base/limits.js';
import { bytes, count, nonNegative, positiveCount, text, wallClockMs } from '../base/schema.js';
import { breachSchema, thresholdsSchema, verdictSchema, windowFiguresSchema } from '../health/figures.js';
import {
  measuredSlotSchema,
  measurementLimits,
  measurementProgressSchema,
  measurementResultSchema,
  measurementSpecSchema,
} from '../measure/measurement.js';
import { unrecordedStartSchema } from '../state/message-order.js';
import { packageIdentitySchema, slotNameSchema } from '../state/slot.js';

/** A board as it reported itself last. */
export const boardFiguresSchema = v.strictObject({
  /** The processor's unique id, in hexadecimal digits. */
  id: text(64),
  firmwareVersion: text(64),
  resetCause: text(32),
  boots: count,
  /** Trials that the board ended by itself. */
  reverts: count,
  /** Erasures of each flash sector since the flash was new. */
  erasures: v.pipe(v.array(count), v.maxLength(256)),
  /** What the maker of the flash promises for each sector; null where flash is only simulated. */
  erasuresMax: v.nullable(positiveCount),
  stackBytesUsed: count,
  stackBytes: count,
  /** Mean time that the line and the board's queue added to an inference lately; null without one. */
  linkUs: v.nullable(nonNegative),
});
export type BoardFigures = v.InferOutput<typeof boardFiguresSchema>;

/** `device/{id}/health`, QoS 0: what the last window looked like. */
export const healthMessageSchema = v.strictObject({
  v: v.literal(1),
  deviceId: deviceIdSchema,
  epoch: text(32),
  sequence: positiveCount,
  unrecordedStart: v.exactOptional(unrecordedStartSchema),
  atMs: wallClockMs,
  /** The package that served in this window, if any. */
  digest: v.nullable(digestSchema),
  slot: v.nullable(slotNameSchema),
  window: windowFiguresSchema,
  thresholds: v.nullable(thresholdsSchema),
  /** What fires now. */
  breaches: v.pipe(v.array(breachSchema), v.maxLength(16)),
  verdict: verdictSchema,
  /** Of the machine. */
  system: v.strictObject({
    cpuRatio: v.nullable(nonNegative),
    memoryTotalBytes: v.nullable(count),
    memoryUsedBytes: v.nullable(count),
    /** What the service may have of the memory; null where nothing limits it. */
    memoryLimitBytes: v.optional(v.nullable(count), null),
    agentRssBytes: count,
    uptimeSeconds: nonNegative,
    machineUptimeSeconds: v.optional(v.nullable(nonNegative), null),
    /** Processes that ran or waited to run in the last minute, on average; null where nobody knows. */
    load1: v.optional(v.nullable(nonNegative), null),
  }),
  /** Only of a board, and only once it has answered. */
  board: v.exactOptional(boardFiguresSchema),
});
export type HealthMessage = v.InferOutput<typeof healthMessageSchema>;

const packageEvent = {
  package: packageIdentitySchema,
  slot: slotNameSchema,
  generation: generationSchema,
  rolloutId: v.nullable(rolloutIdSchema),
};

/**
 * Why a device left a package: `unit` is that another device of the same gateway left it, `drill` that it was only tried
 * to see whether the way back works.
 */
export const revertCauseSchema = v.picklist(['policy', 'crash', 'restart', 'deadline', 'instruction', 'unit', 'drill']);
export type RevertCause = v.InferOutput<typeof revertCauseSchema>;

/** What an event says. Everything that a history needs is in it: events are kept, states are not. */
export const eventBodySchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('started'), agentVersion: text(64), recovered: text(500) }),
  /** `bytesWritten`: handed to the disk since the transfer began, or the agent's start if that was later. */
  v.strictObject({ kind: v.literal('staged'), ...packageEvent, bytesWritten: count }),
  /** A standby slot was emptied because somebody asked for that. */
  v.strictObject({ kind: v.literal('freed'), ...packageEvent, reason: text(500) }),
  v.strictObject({ kind: v.literal('trial-started'), ...packageEvent, previous: v.nullable(packageIdentitySchema) }),
  v.strictObject({ kind: v.literal('confirmed'), ...packageEvent, evidence: count, soakedSeconds: nonNegative }),
  v.strictObject({
    kind: v.literal('reverted'),
    ...packageEvent,
    /** What serves now; null where there was nothing before. */
    to: v.nullable(packageIdentitySchema),
    cause: revertCauseSchema,
    breach: v.nullable(breachSchema),
    detail: text(500),
    /** From the decision to the first moment at which the other package serves. */
    tripToServingMs: nonNegative,
    requestsServed: count,
    requestsFailed: count,
  }),
  /** Both slots are as they were before a drill. */
  v.strictObject({
    kind: v.literal('drilled'),
    package: packageIdentitySchema,
    slot: slotNameSchema,
    isRestored: v.boolean(),
  }),
  v.strictObject({
    kind: v.literal('refused'),
    generation: generationSchema,
    rolloutId: v.nullable(rolloutIdSchema),
    package: v.nullable(packageIdentitySchema),
    code: text(64),
    detail: text(500),
  }),
  v.strictObject({
    kind: v.literal('alert'),
    breach: breachSchema,
    isRaised: v.boolean(),
    digest: v.nullable(digestSchema),
  }),
  /** The device turns its clients away from now on, or answers them again. */
  v.strictObject({ kind: v.literal('isolated'), reason: text(500), by: text(64) }),
  v.strictObject({ kind: v.literal('released'), reason: text(500), by: text(64) }),
  v.strictObject({ kind: v.literal('store-corrupt'), detail: text(500) }),
  /** The agent does not stay alive with any package that it has, and serves none. */
  v.strictObject({ kind: v.literal('crash-loop'), detail: text(500) }),
  v.strictObject({ kind: v.literal('events-lost'), lost: positiveCount }),
  /** Another board answers, or the board had lost what it ran and got it again. */
  v.strictObject({ kind: v.literal('board-changed'), detail: text(500) }),
  /** Devices of one gateway were to confirm together and are not of one mind. */
  v.strictObject({ kind: v.literal('unit-mixed'), generation: generationSchema, detail: text(500) }),
]);
export type EventBody = v.InferOutput<typeof eventBodySchema>;

/** `device/{id}/event`: kept on disk by the device until the coordinator has stored it. */
export const deviceEventSchema = v.strictObject({
  v: v.literal(1),
  deviceId: deviceIdSchema,
  epoch: text(32),
  sequence: positiveCount,
  atMs: wallClockMs,
  body: eventBodySchema,
});
export type DeviceEvent = v.InferOutput<typeof deviceEventSchema>;

/** `device/{id}/ack`: all events of the epoch up to this sequence number are stored. */
export const eventAckSchema = v.strictObject({ v: v.literal(1), epoch: text(32), upTo: count });
export type EventAck = v.InferOutput<typeof eventAckSchema>;

export const logLineSchema = v.strictObject({
  atMs: wallClockMs,
  level: v.picklist(['debug', 'info', 'warn', 'error']),
  message: text(2_000),
});
export type LogLine = v.InferOutput<typeof logLineSchema>;

/** `device/{id}/log`, QoS 0, only while somebody follows. */
export const logMessageSchema = v.strictObject({
  v: v.literal(1),
  deviceId: deviceIdSchema,
  lines: v.pipe(v.array(logLineSchema), v.maxLength(200)),
});
export type LogMessage = v.InferOutput<typeof logMessageSchema>;

const measurementShare = v.pipe(nonNegative, v.minValue(0.01), v.maxValue(measurementLimits.shareMax));

/** `device/{id}/command/{requestId}` */
export const deviceCommandSchema = v.variant('kind', [
  /** The last lines; and those to come, for `followSeconds` (renewed by asking again; 0: no following). */
  v.strictObject({
    v: v.literal(1),
    kind: v.literal('logs'),
    tail: v.pipe(count, v.maxValue(limits.logLinesMax)),
    followSeconds: v.pipe(count, v.maxValue(3600)),
  }),
  /** Begins a measurement, or keeps the one of the same request alive; it ends when nobody asks for it any more. */
  v.strictObject({
    v: v.literal(1),
    kind: v.literal('measure'),
    slot: measuredSlotSchema,
    /** Of the device's time, at most. */
    share: measurementShare,
    spec: measurementSpecSchema,
  }),
  /** Ends the measurement of the same request. */
  v.strictObject({ v: v.literal(1), kind: v.literal('cancel') }),
]);
export type DeviceCommand = v.InferOutput<typeof deviceCommandSchema>;

/** An error as data, from whichever side it comes: an unknown code of a newer peer is still shown. */
export const errorReportSchema = v.strictObject({
  code: text(64),
  message: text(2_000),
  remedy: text(500),
  context: v.record(text(64), v.union([v.string(), v.number(), v.boolean(), v.null()])),
});

/** `device/{id}/reply/{requestId}` */
export const deviceReplySchema = v.variant('kind', [
  v.strictObject({
    v: v.literal(1),
    kind: v.literal('logs'),
    lines: v.pipe(v.array(logLineSchema), v.maxLength(limits.logLinesMax)),
  }),
  /** How far a measurement is: at its start, then every few seconds. */
  v.strictObject({ v: v.literal(1), kind: v.literal('progress'), progress: measurementProgressSchema }),
  v.strictObject({ v: v.literal(1), kind: v.literal('measured'), result: measurementResultSchema }),
  v.strictObject({ v: v.literal(1), kind: v.literal('error'), error: errorReportSchema }),
]);
export type DeviceReply = v.InferOutput<typeof deviceReplySchema>;

/** `package/{digest}/manifest`, retained: how a package travels. */
export const transferManifestSchema = v.strictObject({
  v: v.literal(1),
  digest: digestSchema,
  sizeBytes: v.pipe(positiveCount, v.maxValue(limits.packageBytesMax)),
  chunkBytes: v.pipe(positiveCount, v.maxValue(limits.chunkBytes)),
  /** SHA-256 of each chunk, in order. */
  chunkDigests: v.pipe(v.array(digestSchema), v.minLength(1), v.maxLength(4_096)),
});
export type TransferManifest = v.InferOutput<typeof transferManifestSchema>;

/** `package/{digest}/chunk/{n}`, retained. */
export const packageChunkSchema = v.strictObject({ v: v.literal(1), data: bytes });
export type PackageChunk = v.InferOutput<typeof packageChunkSchema>;
