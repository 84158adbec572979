import * as v from 'valibot';
import { deviceIdSchema, environmentSchema } from '../base/ids.js';
import { count, positiveCount, text, wallClockMs } from '../base/schema.js';

/** How long a breach must last to be an alert: a reading that is wrong once rings for nobody. */
export const alertRaiseMs = 2_000;
/** How long it must be gone before the alert is over: what comes and goes rings once. */
export const alertCalmMs = 30_000;

/**
 * What can be wrong, each an alert rule. The first ones are the metrics of a device against their alert limits (see
 * `limitsInForce`); `unresponsive` is silence for `heartbeatsMissedMax` heartbeats.
 */
export const alertRuleSchema = v.picklist([
  'error-rate',
  'latency',
  'energy',
  'memory',
  'temperature',
  'crash',
  'output',
  'saturation',
  'drift',
  'stuck',
  'unresponsive',
  /** A device that has packages serves none. */
  'function-broken',
  'data-corruption',
  /** A device did not leave a package as it was told. */
  'rollback-failed',
  'rollout-halted',
  /** A rollout is paused, not approved or held by a gate, and nobody does anything about it. */
  'rollout-waiting',
  /** A device left a package by itself and will not take it again. */
  'quarantine',
  /** A gateway and its boards are not of one mind about a package. */
  'unit-mixed',
  /** Notifications cannot be delivered by a channel. */
  'channel-down',
]);
export type AlertRule = v.InferOutput<typeof alertRuleSchema>;

export const alertSeveritySchema = v.picklist(['warning', 'critical']);
export type AlertSeverity = v.InferOutput<typeof alertSeveritySchema>;

export const alertIdSchema = v.pipe(
  v.string(),
  v.regex(/^a-[1-9]\d{0,14}$/, 'must look like a-12'),
  v.brand('AlertId'),
);
export type AlertId = v.InferOutput<typeof alertIdSchema>;

/** Who said that something is known or dealt with, why and when. */
export const acknowledgementSchema = v.strictObject({ by: text(64), reason: text(500), atMs: wallClockMs });
export type Acknowledgement = v.InferOutput<typeof acknowledgementSchema>;

/** One thing that is wrong with one subject. There is one alert for it, however often it is found. */
export const alertSchema = v.strictObject({
  alertId: alertIdSchema,
  rule: alertRuleSchema,
  /** A device, a rollout, a package or a channel, by its name. */
  subject: text(200),
  severity: alertSeveritySchema,
  /** Of a state, which can end by itself; or of an event, which is over when somebody has acknowledged it. */
  of: v.picklist(['state', 'event']),
  environment: v.nullable(environmentSchema),
  /** The devices concerned. */
  devices: v.pipe(v.array(deviceIdSchema), v.maxLength(1_000)),
  /** In words, with the figures. */
  detail: text(500),
  raisedMs: wallClockMs,
  /** Null while it lasts. */
  endedMs: v.nullable(wallClockMs),
  /** How often it was raised again soon after it had ended. */
  repeats: count,
  acknowledged: v.nullable(acknowledgementSchema),
});
export type Alert = v.InferOutput<typeof alertSchema>;

export const silenceIdSchema = v.pipe(
  v.string(),
  v.regex(/^s-[1-9]\d{0,14}$/, 'must look like s-3'),
  v.brand('SilenceId'),
);
export type SilenceId = v.InferOutput<typeof silenceIdSchema>;

/** Which alerts are meant: those that agree with all that is not null. */
export const alertMatcherSchema = v.strictObject({
  rule: v.nullable(alertRuleSchema),
  /** The subject, or a device concerned; `*` stands for any characters. */
  subject: v.nullable(v.pipe(text(200), v.minLength(1))),
  environment: v.nullable(environmentSchema),
});
export type AlertMatcher = v.InferOutput<typeof alertMatcherSchema>;

/** Longer than that nothing is silenced in one go. */
export const silenceSecondsMax = 30 * 24 * 3600;

/** Alerts of which nobody is told for a time; they are raised, shown and ended all the same. */
export const silenceSchema = v.strictObject({
  silenceId: silenceIdSchema,
  matcher: alertMatcherSchema,
  untilMs: wallClockMs,
  reason: text(500),
  by: text(64),
  atMs: wallClockMs,
});
export type Silence = v.InferOutput<typeof silenceSchema>;

/** An alert as operators see it. */
export const alertViewSchema = v.strictObject({ ...alertSchema.entries, silencedBy: v.nullable(silenceIdSchema) });
export type AlertView = v.InferOutput<typeof alertViewSchema>;

const because = v.pipe(text(500), v.minLength(1));

/** Requests about alerts. */
export const alertRequestSchema = v.variant('kind', [
  /** The newest first; those that have ended only if asked for. */
  v.strictObject({
    kind: v.literal('alerts'),
    withEnded: v.boolean(),
    limit: v.pipe(positiveCount, v.maxValue(1_000)),
  }),
  /** Somebody knows: no more is said of it, and its incident is not escalated any further on its account. */
  v.strictObject({
    kind: v.literal('acknowledge'),
    alerts: v.pipe(v.array(alertIdSchema), v.minLength(1), v.maxLength(100)),
    reason: because,
  }),
  v.strictObject({
    kind: v.literal('silence'),
    matcher: alertMatcherSchema,
    forSeconds: v.pipe(positiveCount, v.maxValue(silenceSecondsMax)),
    reason: because,
  }),
  v.strictObject({ kind: v.literal('unsilence'), silenceId: silenceIdSchema, reason: because }),
]);

export const alertReplySchema = v.variant('of', [
  v.strictObject({ of: v.literal('alerts'), alerts: v.array(alertViewSchema), silences: v.array(silenceSchema) }),
  v.strictObject({ of: v.literal('acknowledge'), alerts: v.array(alertViewSchema) }),
  v.strictObject({ of: v.literal('silence'), silence: silenceSchema, alerts: v.array(alertViewSchema) }),
  v.strictObject({ of: v.literal('unsilence'), silence: silenceSchema }),
]);
