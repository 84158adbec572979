import * as v from 'valibot';
import { deviceIdSchema } from '../base/ids.js';
import { count, positiveCount, text, wallClockMs } from '../base/schema.js';
import { targetSchema } from '../messages/target.js';
import { acknowledgementSchema, alertIdSchema } from './alert.js';
import { roleSchema } from './notice.js';

/** What an incident is about: the triggers of an escalation, or an operator's word. */
export const incidentCauseSchema = v.picklist([
  'rollback-failed',
  'devices-unresponsive',
  'function-broken',
  'data-corruption',
  'operator',
]);
export type IncidentCause = v.InferOutput<typeof incidentCauseSchema>;

export const incidentIdSchema = v.pipe(
  v.string(),
  v.regex(/^i-[1-9]\d{0,14}$/, 'must look like i-3'),
  v.brand('IncidentId'),
);
export type IncidentId = v.InferOutput<typeof incidentIdSchema>;

/** Entries of a timeline that are kept; the first ones stay, of the others the newest. */
export const timelineMax = 500;

export const timelineEntrySchema = v.strictObject({
  atMs: wallClockMs,
  /** An operator, a device, or the coordinator. */
  actor: text(64),
  kind: v.picklist([
    'opened',
    'joined',
    'stopped',
    'isolated',
    'notified',
    'escalated',
    'acknowledged',
    'noted',
    'recovered',
    'closed',
  ]),
  text: text(2_000),
});
export type TimelineEntry = v.InferOutput<typeof timelineEntrySchema>;

/** Something that people have to deal with, from its beginning to its end. */
export const incidentSchema = v.strictObject({
  incidentId: incidentIdSchema,
  cause: incidentCauseSchema,
  title: text(200),
  /** `recovered`: all its alerts have ended; it is still somebody's to look at and close. */
  status: v.picklist(['open', 'acknowledged', 'recovered', 'closed']),
  alerts: v.pipe(v.array(alertIdSchema), v.maxLength(1_000)),
  devices: v.pipe(v.array(deviceIdSchema), v.maxLength(1_000)),
  /** Who is told, in this order, until somebody acknowledges. */
  chain: v.pipe(v.array(roleSchema), v.minLength(1), v.maxLength(4)),
  escalation: v.strictObject({
    /** How far along the chain it is. */
    level: count,
    levelMs: wallClockMs,
    /** When somebody was told last; null before the first time. */
    toldMs: v.nullable(wallClockMs),
    repeats: count,
    /** Everybody was told as often as is allowed. */
    isExhausted: v.boolean(),
  }),
  openedMs: wallClockMs,
  openedBy: text(64),
  /** The request that opened it, so that the same request never opens a second one; null if none did. */
  openedFor: v.nullable(text(140)),
  acknowledged: v.nullable(acknowledgementSchema),
  closed: v.nullable(acknowledgementSchema),
  /** That the emergency procedure was run for it, and why. */
  emergency: v.nullable(acknowledgementSchema),
  timeline: v.pipe(v.array(timelineEntrySchema), v.maxLength(timelineMax)),
});
export type Incident = v.InferOutput<typeof incidentSchema>;

const because = v.pipe(text(500), v.minLength(1));

/** Requests about incidents. */
export const incidentRequestSchema = v.variant('kind', [
  /** The newest first; those that are closed only if asked for. */
  v.strictObject({
    kind: v.literal('incidents'),
    withClosed: v.boolean(),
    limit: v.pipe(positiveCount, v.maxValue(200)),
  }),
  v.strictObject({ kind: v.literal('incident-acknowledge'), incidentId: incidentIdSchema, reason: because }),
  v.strictObject({ kind: v.literal('incident-close'), incidentId: incidentIdSchema, reason: because }),
  /** Adds a note to an incident's timeline; without an incident to the newest that is not closed. */
  v.strictObject({
    kind: v.literal('document'),
    incidentId: v.nullable(incidentIdSchema),
    note: v.pipe(text(2_000), v.minLength(1)),
  }),
  /** Tells a role, or the next one of its chain, of an incident; without an incident it opens one. */
  v.strictObject({
    kind: v.literal('escalate'),
    incidentId: v.nullable(incidentIdSchema),
    role: v.nullable(roleSchema),
    reason: because,
  }),
  /** STOP all rollouts, ISOLATE the devices, NOTIFY, DOCUMENT, ESCALATE; on disk together or not at all. */
  v.strictObject({
    kind: v.literal('emergency'),
    /** Whose clients are turned away; null for no device. */
    target: v.nullable(targetSchema),
    role: v.nullable(roleSchema),
    reason: because,
  }),
]);

export const incidentReplySchema = v.variant('of', [
  v.strictObject({ of: v.literal('incidents'), incidents: v.array(incidentSchema) }),
  v.strictObject({ of: v.literal('incident-acknowledge'), incident: incidentSchema }),
  v.strictObject({ of: v.literal('incident-close'), incident: incidentSchema }),
  v.strictObject({ of: v.literal('document'), incident: incidentSchema }),
  v.strictObject({ of: v.literal('escalate'), incident: incidentSchema }),
  v.strictObject({
    of: v.literal('emergency'),
    incident: incidentSchema,
    /** Rollouts that were halted, and devices that are told to turn their clients away. */
    stopped: v.array(text(64)),
    isolated: v.array(deviceIdSchema),
  }),
]);
