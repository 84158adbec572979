import * as v from 'valibot';
import { digestSchema, environmentSchema } from '../base/ids.js';
import { count, finite, positiveCount, text, wallClockMs } from '../base/schema.js';
import { targetSchema } from '../messages/target.js';
import { packageIdentitySchema } from '../state/slot.js';
import { acknowledgementSchema, alertSeveritySchema } from './alert.js';

/** Who is told, by what they can do about it. The coordinator's configuration says how each is reached. */
export const roleSchema = v.picklist(['on-call-engineer', 'hardware-team', 'ml-team', 'devops-team']);
export type Role = v.InferOutput<typeof roleSchema>;

/** A channel's name in the coordinator's configuration. */
export const channelNameSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9](?:[a-z0-9_-]{0,47})$/, 'must be 1 to 48 of a-z 0-9 _ -'),
  v.brand('ChannelName'),
);
export type ChannelName = v.InferOutput<typeof channelNameSchema>;

/** How a channel speaks. */
export const channelKindSchema = v.picklist(['webhook', 'smtp', 'slack', 'pagerduty']);
export type ChannelKind = v.InferOutput<typeof channelKindSchema>;

/** What a notice is about. `rollouts`: every step of a rollout; `devices`: what devices say of theirs. */
export const noticeTopicSchema = v.picklist(['alerts', 'incidents', 'rollouts', 'devices', 'messages']);
export type NoticeTopic = v.InferOutput<typeof noticeTopicSchema>;

/** One thing to be told through one channel. */
export const noticeSchema = v.strictObject({
  /** The same however often, and through whichever channel, it is sent: receivers know by it what they have. */
  noticeId: text(64),
  channel: channelNameSchema,
  /** Counts a channel's notices from 1 on; they are sent in this order, and a gap is what was lost or went elsewhere. */
  sequence: positiveCount,
  /** The channels to go to, in order, where this one is down. */
  fallback: v.pipe(v.array(channelNameSchema), v.maxLength(8)),
  role: v.nullable(roleSchema),
  topic: noticeTopicSchema,
  /** What happened: `raised`, `ended`, `wave-started`, ... */
  event: text(64),
  /** An alert, an incident, a rollout, a device; what belongs together has the same. */
  subject: text(200),
  severity: v.picklist(['info', ...alertSeveritySchema.options]),
  /** One line. */
  title: text(200),
  detail: text(4_000),
  facts: v.record(text(64), v.union([text(1_000), finite, v.boolean(), v.null()])),
  atMs: wallClockMs,
});
export type Notice = v.InferOutput<typeof noticeSchema>;

/** A test of a channel: what was sent, whether it was taken, and whether somebody at the other end said so. */
const channelTest = {
  by: text(64),
  atMs: wallClockMs,
  /** Null until the other side has taken it. */
  deliveredMs: v.nullable(wallClockMs),
  /** Somebody gave the code that only the notice has. */
  acknowledged: v.nullable(acknowledgementSchema),
};

/** What people were told of a package that is to come, or has come, to an environment. */
export const announcementSchema = v.strictObject({
  noticeId: text(64),
  digest: digestSchema,
  environments: v.pipe(v.array(environmentSchema), v.minLength(1)),
  by: text(64),
  atMs: wallClockMs,
  /** Null until the other side has taken it. */
  deliveredMs: v.nullable(wallClockMs),
});
export type Announcement = v.InferOutput<typeof announcementSchema>;

/** Of each channel the newest are kept. */
export const announcementsKeptMax = 16;

/** What the store keeps of a channel. */
export const channelRecordSchema = v.strictObject({
  channel: channelNameSchema,
  /** Of the last notice that was taken. */
  deliveredMs: v.nullable(wallClockMs),
  /** Notices that were given up. */
  lost: count,
  test: v.nullable(v.strictObject({ noticeId: text(64), code: text(16), ...channelTest })),
  /** Oldest first; left out before the first. */
  announcements: v.exactOptional(v.array(announcementSchema)),
});
export type ChannelRecord = v.InferOutput<typeof channelRecordSchema>;

/** A channel as operators see it. */
export const channelViewSchema = v.strictObject({
  channel: channelNameSchema,
  kind: channelKindSchema,
  roles: v.array(roleSchema),
  topics: v.array(noticeTopicSchema),
  /** Notices that wait. */
  waiting: count,
  lost: count,
  deliveredMs: v.nullable(wallClockMs),
  /** Null while it works, as far as is known. */
  failing: v.nullable(v.strictObject({ sinceMs: wallClockMs, detail: text(500) })),
  test: v.nullable(v.strictObject(channelTest)),
});
export type ChannelView = v.InferOutput<typeof channelViewSchema>;

/** Requests about notifications. */
export const noticeRequestSchema = v.variant('kind', [
  /** A message to a role, or through one channel, or to everybody; a test carries a code to be acknowledged with. */
  v.strictObject({
    kind: v.literal('notify'),
    isTest: v.boolean(),
    role: v.nullable(roleSchema),
    channel: v.nullable(channelNameSchema),
    message: v.pipe(text(1_000), v.minLength(1)),
    /** Of an announcement: what is to come, or has come, and where. */
    announces: v.exactOptional(v.strictObject({ package: packageIdentitySchema, target: targetSchema })),
  }),
  /** Every channel, and whether notification is configured so that somebody will hear of trouble. */
  v.strictObject({ kind: v.literal('channels') }),
  v.strictObject({ kind: v.literal('acknowledge-test'), code: text(16) }),
]);

export const noticeReplySchema = v.variant('of', [
  v.strictObject({ of: v.literal('notify'), noticeIds: v.array(text(64)), channels: v.array(channelNameSchema) }),
  v.strictObject({
    of: v.literal('channels'),
    channels: v.array(channelViewSchema),
    /** In words, what is missing for trouble to be heard of; empty if nothing is. */
    missing: v.array(text(300)),
  }),
  v.strictObject({ of: v.literal('acknowledge-test'), channels: v.array(channelNameSchema) }),
]);
