import {
  channelNameSchema,
  count,
  incidentCauseSchema,
  noticeTopicSchema,
  positiveCount,
  ratio,
  roleSchema,
  text,
} from '@liquid-lln/protocol';
import * as v from 'valibot';
import type { AlertingPolicy } from '../domain/alerting/policy.js';
import { silentPolicy } from '../domain/alerting/policy.js';

const path = v.pipe(text(4_096), v.minLength(1));
const httpUrl = v.pipe(text(2_000), v.url(), v.regex(/^https?:\/\//, 'must be http:// or https://'));
const topics = v.optional(v.array(noticeTopicSchema), []);
const address = v.pipe(text(320), v.includes('@'));

/** A channel; what is secret about it is in a file of its own. */
const channelSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('webhook'), url: httpUrl, secretFile: path, topics }),
  /** The address of a Slack webhook is its secret. */
  v.strictObject({ kind: v.literal('slack'), urlFile: path, topics }),
  v.strictObject({
    kind: v.literal('pagerduty'),
    url: v.optional(httpUrl, 'https://events.pagerduty.com/v2/enqueue'),
    routingKeyFile: path,
    topics,
  }),
  v.strictObject({
    kind: v.literal('smtp'),
    host: v.pipe(text(255), v.minLength(1)),
    port: v.optional(v.pipe(positiveCount, v.maxValue(65_535)), 587),
    /** `wrapped`: TLS from the first byte; `required`: STARTTLS or nothing; `if-offered`: for a server on this machine. */
    tls: v.optional(v.picklist(['wrapped', 'required', 'if-offered']), 'required'),
    from: address,
    to: v.pipe(v.array(address), v.minLength(1), v.maxLength(50)),
    username: v.optional(v.nullable(text(320)), null),
    passwordFile: v.optional(v.nullable(path), null),
    topics,
  }),
]);
export type ChannelConfig = v.InferOutput<typeof channelSchema>;

/** `alerting` of the configuration file. */
export const alertingSchema = v.pipe(
  v.strictObject({
    channels: v.optional(v.record(channelNameSchema, channelSchema), {}),
    /** The channels of each role, the first one first. */
    roles: v.optional(v.record(roleSchema, v.pipe(v.array(channelNameSchema), v.maxLength(8))), {}),
    escalation: v.optional(
      v.strictObject({
        acknowledgeSeconds: v.optional(positiveCount, silentPolicy.escalation.acknowledgeSeconds),
        repeatSeconds: v.optional(positiveCount, silentPolicy.escalation.repeatSeconds),
        repeatsMax: v.optional(count, silentPolicy.escalation.repeatsMax),
        unresponsiveSeconds: v.optional(count, silentPolicy.escalation.unresponsiveSeconds),
      }),
      {},
    ),
    emergency: v.optional(
      v.strictObject({
        automatic: v.optional(v.array(incidentCauseSchema), [...silentPolicy.emergency.automatic]),
        isolateRatioMax: v.optional(ratio, silentPolicy.emergency.isolateRatioMax),
      }),
      {},
    ),
    queueMax: v.optional(v.pipe(positiveCount, v.maxValue(100_000)), silentPolicy.queueMax),
    giveUpSeconds: v.optional(positiveCount, silentPolicy.giveUpSeconds),
    failoverSeconds: v.optional(positiveCount, silentPolicy.failoverSeconds),
    rolloutWaitingSeconds: v.optional(positiveCount, silentPolicy.rolloutWaitingSeconds),
  }),
  v.check(
    ({ channels, roles }) => Object.values(roles).every((names) => names?.every((name) => name in channels) ?? true),
    'roles name channels that there are not',
  ),
);
export type AlertingConfig = v.InferOutput<typeof alertingSchema>;

/** What decisions need to know of it: no secrets, no addresses. */
export function alertingPolicyOf(config: AlertingConfig): AlertingPolicy {
  const { channels, roles, queueMax, giveUpSeconds, failoverSeconds, rolloutWaitingSeconds } = config;
  const { escalation, emergency } = config;
  return {
    channels: Object.entries(channels).map(([name, { kind, topics: subscribed }]) => ({
      channel: v.parse(channelNameSchema, name),
      kind,
      topics: subscribed,
    })),
    roles: { ...silentPolicy.roles, ...roles },
    queueMax,
    giveUpSeconds,
    failoverSeconds,
    rolloutWaitingSeconds,
    escalation,
    emergency,
  };
}

/** The files of secrets, relative to the configuration file like all others. */
export function resolveChannelPaths(config: AlertingConfig, absolute: (path: string) => string): AlertingConfig {
  const resolve = (channel: ChannelConfig): ChannelConfig => {
    switch (channel.kind) {
      case 'webhook':
        return { ...channel, secretFile: absolute(channel.secretFile) };
      case 'slack':
        return { ...channel, urlFile: absolute(channel.urlFile) };
      case 'pagerduty':
        return { ...channel, routingKeyFile: absolute(channel.routingKeyFile) };
      case 'smtp': {
        const { passwordFile } = channel;
        return { ...channel, passwordFile: passwordFile === null ? null : absolute(passwordFile) };
      }
    }
  };
  const channels = Object.entries(config.channels).map(([name, channel]) => [name, resolve(channel)] as const);
  return { ...config, channels: Object.fromEntries(channels) };
}
